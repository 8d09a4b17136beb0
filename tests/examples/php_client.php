<?php
// Drives examples/postbackd.php: asks, waits, follows, verifies.   Usage: php_client.php URL TOKEN CAFILE, with a signed request on stdin
require __DIR__ . "/../../examples/postbackd.php";

function expect(bool $claim, string $what): void
{
    if (!$claim) throw new Exception("not so: $what");
}

[, $url, $token, $cafile] = $argv;
$client = new Postbackd($url, $token, $cafile, 30);
$before = $client->call("GET", "/v1/events?after=0&limit=1")[1]["next"];
$asked = [];
for ($i = 0; $i < 5; ++$i) $asked[] = $client->ask("people", "basic_data", "doc{8$i}", "php-$i", ["metadata" => ["php" => $i]]);
expect($client->ask("people", "basic_data", "doc{80}", "php-0")["id"] === $asked[0]["id"], "the same key is the same query");
expect(isset($client->result($asked[2]["id"])["QueryId"]), "a result has a QueryId");
expect($client->register("registered-by-php", ["label" => "é"])["state"] === "pending", "a registered query waits");
try {
    $client->result("unknown");
    expect(false, "an unknown id is a problem");
} catch (Problem $problem) {
    expect($problem->getCode() === 404, "an unknown id is 404");
}
$ends = [];
foreach ($client->events($before) as $event) {
    if (!isset($event["metadata"]["php"])) continue;
    expect($event["event"] === "result", "its end is a result");
    $ends[$event["id"]] = true;
    if (count($ends) === count($asked)) break;
}
$given = json_decode(stream_get_contents(STDIN), true);
expect(verify($given["secret"], $given["fields"], $given["body"]), "a signature holds");
expect(!verify($given["secret"], $given["fields"], $given["body"] . " "), "a changed body is refused");
