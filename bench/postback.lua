-- wrk: each request is the result of another query, 508 bytes, with the headers that the platform's document shows.
-- The QueryIds are those that bench/common has registered. As the platform's they have no order: each meets another
-- page of the indexes. With SEQUENTIAL in the environment they do, which is twice as fast and true of no sender.
local scatter = os.getenv("SEQUENTIAL") == "1" and 0 or 48271
local number = 0
local bad = 0
local body_start = '{"Result":[{"MatchKeys":"phone{11900000000}","Phone":{"Operator":"SYNTHETIC","Type":"MOBILE","Note":"'
local body_end = '"}}],"ElapsedMilliseconds":12,"Status":{"ondemand_phone_operator":[{"Code":0,"Message":"OK"}]},"QueryId":"%08x-0000-4000-8000-%012d"}'
local filling = string.rep("x", 508 - #body_start - #string.format(body_end, 0, 0))
local head = "POST /postback HTTP/1.1\r\nPostbacksecret: " .. os.getenv("SECRET") .. "\r\n" ..
  "User-Agent: Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/535.1 (KHTML, like Gecko) Chrome/13.0.782.107 Safari/535.1\r\n" ..
  "Content-Type: application/x-www-form-urlencoded; charset=iso-8859-1\r\nHost: 127.0.0.1\r\nContent-Length: 508\r\n" ..
  "Accept-Encoding: gzip, deflate\r\nX-Forwarded-For: 184.72.90.61\r\n\r\n"

function request()
  number = number + 1
  return head .. body_start .. filling .. string.format(body_end, number * scatter % 2147483647, number)
end

function response(status)
  if status ~= 200 then bad = bad + 1 end
end

function done(summary, latency)
  io.write(string.format("RATE %.0f P50 %.2f P99 %.2f MAX %.2f ERRORS %d\n", summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout))
end
