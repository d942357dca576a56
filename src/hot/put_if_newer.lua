-- KEYS[1]: a member's key. ARGV[1]: a value. ARGV[2]: its lifetime in milliseconds. Answers 1 if the value was taken.
--
-- A value's characters 3 to 21 are the member's version, zeros in front: in every format, so that processes of two
-- releases can share a server. What is no such value is replaced. So is one of the same version: it says the same,
-- perhaps in a form that its reader could not use, and was confirmed just now, so its lifetime starts again.
local held = redis.call('GETRANGE', KEYS[1], 2, 20)
if #held == 19 and not string.find(held, '%D') and held > string.sub(ARGV[1], 3, 21) then
  return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
