-- What wrk sends: the text BODY with what differs from request to request filled in.
--
--   @key@       an idempotency key: random, as clients make them
--   @order@     an order's id: counted, as an OMS makes them
--   @customer@  one of CUSTOMERS customers
--   @items@     the text ITEM, ITEMS times, with the same things filled in
--
-- RUN begins every key and id, so that no two runs share any; SEED begins the random numbers. PREPARED says how many
-- requests are made before the run and sent again and again: for questions, which may be asked twice. With EXPECTED every
-- answer is read: it must be a 200 without errors, and have that text in it as often as EXPECTED_TIMES says. Reading costs
-- the machine's time, so runs that are measured go without.
--
-- Meant for one thread (-t1). Ends with one line of JSON.

local function number(name, default)
    return tonumber(os.getenv(name)) or default
end

local run = os.getenv("RUN") or "run"
local customers = number("CUSTOMERS", 1)
local items, item_text = number("ITEMS", 0), os.getenv("ITEM") or ""
local expected, expected_times = os.getenv("EXPECTED"), number("EXPECTED_TIMES", 1)
local headers = { ["content-type"] = "application/json", ["accept"] = "application/json" }
if os.getenv("TOKEN") then
    headers[os.getenv("TOKEN_HEADER") or "authorization"] = "Bearer " .. os.getenv("TOKEN")
end

local orders = 0
local compile
local fill = {
    key = function()
        return string.format("%s-%08x%08x", run, math.random(0, 2 ^ 31 - 1), math.random(0, 2 ^ 31 - 1))
    end,
    order = function()
        orders = orders + 1
        return run .. "-" .. orders
    end,
    customer = function()
        return math.random(1, customers)
    end,
}

-- Cuts a text at its names once, so that a request costs a concatenation.
function compile(text)
    local parts, after = {}, 1
    for before, name, next_at in text:gmatch("(.-)@(%l+)@()") do
        parts[#parts + 1] = before
        parts[#parts + 1] = assert(fill[name], name)
        after = next_at
    end
    parts[#parts + 1] = text:sub(after)
    return function()
        local filled = {}
        for place, part in ipairs(parts) do
            filled[place] = type(part) == "string" and part or part()
        end
        return table.concat(filled)
    end
end

local item = compile(item_text)
function fill.items()
    local all = {}
    for place = 1, items do
        all[place] = item()
    end
    return table.concat(all, ",")
end

local body = compile(os.getenv("BODY") or "")
local prepared, sent = {}, 0
-- What goes before a body's length, and between it and the body: the same for all requests.
local head, neck

local function make()
    local text = body()
    return head .. #text .. neck .. text
end

function init()
    math.randomseed(number("SEED", 1))
    head, neck = wrk.format("POST", nil, headers, "?"):match("^(.-Content%-Length: )1(\r\n.*)%?$")
    for place = 1, number("PREPARED", 0) do
        prepared[place] = make()
    end
end

function request()
    if #prepared == 0 then
        return make()
    end
    sent = sent % #prepared + 1
    return prepared[sent]
end

-- Read by `done` below, which runs in a state of its own.
checked, wrong, first_wrong = 0, 0, nil
if expected then
    function response(status, _, text)
        local times, at = 0, 1
        while at do
            local _, last = text:find(expected, at, true)
            times, at = times + (last and 1 or 0), last and last + 1
        end
        checked = checked + 1
        if status ~= 200 or times ~= expected_times or text:find('"errors"', 1, true) then
            wrong = wrong + 1
            first_wrong = first_wrong or (status .. " " .. text:sub(1, 400))
        end
    end
end

local threads = {}
function setup(thread)
    threads[#threads + 1] = thread
end

function done(summary, latency)
    local total = { checked = 0, wrong = 0 }
    for _, thread in ipairs(threads) do
        total.checked = total.checked + thread:get("checked")
        total.wrong = total.wrong + thread:get("wrong")
        if thread:get("first_wrong") then
            io.write("wrong answer: ", thread:get("first_wrong"):gsub("%c", " "), "\n")
        end
    end
    local errors = summary.errors
    io.write(string.format(
        '{"requests":%d,"microseconds":%d,"p50_microseconds":%d,"p99_microseconds":%d,"bad_statuses":%d,'
            .. '"broken_connections":%d,"checked":%d,"wrong":%d}\n',
        summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), errors.status,
        errors.connect + errors.read + errors.write + errors.timeout, total.checked, total.wrong))
end
