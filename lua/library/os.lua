---@meta _

-- All that there is of `os`, in UTC. The clock stands still during a call.

---@class writ.os
os = {}

--- The call's CPU time in seconds, as it was when the call began.
---@return number
function os.clock() end

--- A time as text, or as a table with `*t`.
---@param format? string
---@param time? integer
---@return string|writ.os.date
function os.date(format, time) end

--- The seconds from `t1` to `t2`.
---@param t2 integer
---@param t1 integer
---@return number
function os.difftime(t2, t1) end

--- The time of the call, or of a date, in seconds since 1970.
---@param date? writ.os.date
---@return integer
function os.time(date) end

---@class writ.os.date
---@field year integer
---@field month integer
---@field day integer
---@field hour? integer
---@field min? integer
---@field sec? integer
---@field wday? integer
---@field yday? integer
---@field isdst? boolean
