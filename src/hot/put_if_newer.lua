-- KEYS: keys of members. ARGV: for each of them, in their order, a value and its lifetime in milliseconds. Answers how many
-- values were taken.
--
-- A value's characters 3 to 21 are the member's version, zeros in front: in every format, so that processes of two
-- releases can share a server. What is no such value is replaced. So is one of the same version: it says the same,
-- perhaps in a form that its reader could not use, and was confirmed just now, so its lifetime starts again.
local taken = 0
for place, key in ipairs(KEYS) do
  local value = ARGV[2 * place - 1]
  local held = redis.call('GETRANGE', key, 2, 20)
  if #held ~= 19 or string.find(held, '%D') or held <= string.sub(value, 3, 21) then
    redis.call('SET', key, value, 'PX', ARGV[2 * place])
    taken = taken + 1
  end
end
return taken
