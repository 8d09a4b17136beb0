-- wrk's requests: results of the platform, 508 bytes each, with the headers that its document shows.
-- QueryIds are random, as the platform's: each meets another page of an index. BENCH_ORDER=sequential: in order, which flatters.
-- The ids of a round are those of load.register() in load.py; strangers have ids that nobody registers.
local round = tonumber(os.getenv("BENCH_ROUND") or "0")
local stranger = os.getenv("BENCH_KIND") == "stranger"
local scatter = os.getenv("BENCH_ORDER") == "sequential" and 0 or 2654435769
local pause = tonumber(os.getenv("BENCH_PAUSE_MS") or "0")
local closing = os.getenv("BENCH_CLOSE") == "1"
local number = 0
local bad = 0
local body_start = '{"Result":[{"MatchKeys":"phone{11900000000}","Phone":{"Operator":"SYNTHETIC","Type":"MOBILE","Note":"'
local body_end = '"}}],"ElapsedMilliseconds":12,"Status":{"ondemand_phone_operator":[{"Code":0,"Message":"OK"}]},"QueryId":"%08x-%04x-%s-8000-%012d"}'
local filling = string.rep("x", 508 - #body_start - #string.format(body_end, 0, 0, "4000", 0))
local head = "POST " .. (os.getenv("BENCH_PATH") or "/postback") .. " HTTP/1.1\r\nPostbacksecret: bench-secret-0123456789\r\n" ..
  "User-Agent: Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/535.1 (KHTML, like Gecko) Chrome/13.0.782.107 Safari/535.1\r\n" ..
  "Content-Type: application/x-www-form-urlencoded; charset=iso-8859-1\r\nHost: 127.0.0.1\r\nContent-Length: 508\r\n" ..
  "Accept-Encoding: gzip, deflate\r\nX-Forwarded-For: 184.72.90.61\r\n" .. (closing and "Connection: close\r\n\r\n" or "\r\n")

function request()
  number = number + 1
  return head .. body_start .. filling ..
    string.format(body_end, number * scatter % 4294967296, round, stranger and "5000" or "4000", number)
end

if pause > 0 then
  function delay() return pause end
end

function response(status)
  if status ~= 200 then bad = bad + 1 end
end

function done(summary, latency)
  io.write(string.format("RATE %.1f P50 %.3f P99 %.3f MAX %.3f REQUESTS %d ERRORS %d\n",
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000,
    summary.requests, summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write +
      summary.errors.timeout))
end
