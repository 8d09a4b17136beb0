<?php
// A client of postbackd's API (docs/api.md) for PHP 8, without packages. Copy it.
//
//   $client = new Postbackd("https://hooks.example.com:8443", $token);
//   $query = $client->ask("people", "basic_data", "doc{12345678900}", "order-4711", ["metadata" => ["order" => 4711]]);
//   $document = $client->result($query["id"]);                          // waits for it
//   foreach ($client->events($cursor) as $event) { … }                  // keep $event["seq"] with what you have done

// An answer that repeating the request does not change; getCode() is its status.
class Problem extends Exception
{
    public function __construct(int $status, public array $answer)
    {
        parent::__construct($answer["detail"], $status);
    }
}

class Postbackd
{
    // $patience: how many seconds to repeat a request that gets no answer, or 429, or 503.
    public function __construct(private string $url, private ?string $token = null, private ?string $cafile = null,
                                private int $patience = 120) {}

    // Submits a query; the same key is the same query, so a repeat is harmless. Returns it.
    public function ask(string $api, string $datasets, string $q, string $key, array $facts = []): array
    {
        return $this->call("POST", "/v1/queries", ["api" => $api, "datasets" => $datasets, "q" => $q] + $facts, ["Idempotency-Key: $key"])[1];
    }

    // Expects the result of a query that the caller has submitted itself. Returns the query.
    public function register(string $queryId, array $facts = []): array
    {
        return $this->call("POST", "/v1/queries", ["query_id" => $queryId] + $facts)[1];
    }

    // Waits for the end of a query. Returns its document; throws Problem (410) when there will be none.
    public function result(string $query): array
    {
        do {
            [$status, $document] = $this->call("GET", "/v1/queries/$query/result?wait=60");
        } while ($status !== 200);
        return $document;
    }

    // Yields each event of the client's queries, for ever, in order. When a backup was restored it goes on where the two
    // stores part, and a query may have its end again, under another seq: know it by its id.
    public function events(int $after = 0): Generator
    {
        while (true) {
            try {
                $page = $this->call("GET", "/v1/events?after=$after&limit=1000&wait=60")[1];
            } catch (Problem $problem) {
                if ($problem->getCode() !== 409) throw $problem;
                $page = $problem->answer + ["events" => []];
            }
            yield from $page["events"];
            $after = $page["next"];
        }
    }

    // Returns the status and the JSON of the answer.
    public function call(string $method, string $path, ?array $body = null, array $fields = []): array
    {
        if ($this->token !== null) $fields[] = "Authorization: Bearer $this->token";
        $options = ["method" => $method, "header" => $fields, "ignore_errors" => true, "timeout" => 90, "follow_location" => 0];
        if ($body !== null) $options["content"] = json_encode((object) $body, JSON_THROW_ON_ERROR);
        $context = stream_context_create(["http" => $options, "ssl" => array_filter(["cafile" => $this->cafile])]);
        for ($end = time() + $this->patience; ; usleep((int) ($wait * 1e6))) {
            $http_response_header = [];
            $answer = @file_get_contents($this->url . $path, false, $context);
            [$status, $wait] = self::read($http_response_header);
            if ($answer === false || $status === 0) [$status, $wait, $answer] = [503, 0.2, '{"detail":"no answer"}'];
            $json = json_decode($answer, true);
            if ($status < 400 && $json === null) [$status, $wait] = [503, 0.2]; // the answer broke off
            if ($status < 400) return [$status, $json];
            if (!in_array($status, [429, 503]) || time() > $end) throw new Problem($status, $json ?? ["detail" => $answer]);
        }
    }

    // Returns the status, and how many seconds to wait before a repeat.
    private static function read(array $header): array
    {
        $status = preg_match('{^HTTP/\S+ (\d+)}', $header[0] ?? "", $found) ? (int) $found[1] : 0;
        foreach ($header as $field)
            if (preg_match('{^Retry-After: (\d+)$}i', $field, $found)) return [$status, (float) $found[1]];
        return [$status, 1.0];
    }
}

// Returns whether an http handler of postbackd has signed this request (standardwebhooks.com). $secret: whsec_…; $fields: names
// in lower case; $body: as it came.
function verify(string $secret, array $fields, string $body, int $tolerance = 300): bool
{
    if (abs(time() - (int) ($fields["webhook-timestamp"] ?? 0)) > $tolerance) return false;
    $signed = ($fields["webhook-id"] ?? "") . "." . $fields["webhook-timestamp"] . "." . $body;
    $key = base64_decode(substr($secret, strlen("whsec_")));
    $expected = "v1," . base64_encode(hash_hmac("sha256", $signed, $key, true));
    foreach (explode(" ", $fields["webhook-signature"] ?? "") as $given)
        if (hash_equals($expected, $given)) return true;
    return false;
}
