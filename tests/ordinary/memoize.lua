-- Memoization, recursion, a local function that calls itself, mutual recursion.
local function memoize(f)
  local cache = {}
  return function(n)
    local v = cache[n]
    if v == nil then
      v = f(n)
      cache[n] = v
    end
    return v
  end
end
local fib
fib = memoize(function(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end)
local is_even, is_odd
function is_even(n) return n == 0 or is_odd(n - 1) end
function is_odd(n) return n ~= 0 and is_even(n - 1) end
local function depth(n) if n == 0 then return 0 end return 1 + depth(n - 1) end
return function() return { fib(80), is_even(100), is_odd(7), depth(3000) } end
