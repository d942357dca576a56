-- KEYS[1]: a caller's number. ARGV[1]: what a request is worth. ARGV[2]: how far ahead a burst reaches. All in microseconds.
-- Answers 0 where the request is counted, else how long it is too early. The clock is the server's: all processes share it.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local used = tonumber(redis.call('GET', KEYS[1])) or 0
if used < now then
  used = now
end
local following = used + ARGV[1]
local early = following - ARGV[2] - now
if early > 0 then
  return early
end
redis.call('SET', KEYS[1], string.format('%.0f', following), 'PX', math.ceil((following - now) / 1000))
return 0
