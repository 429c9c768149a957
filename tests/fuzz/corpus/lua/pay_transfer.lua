local tricks = {}

function tricks.behave(db) db.debit() db.credit() end
function tricks.only_credit(db) db.credit() end
function tricks.other_id(db) db.debit { principal_id = "bob" } end
function tricks.other_target(db) db.debit() db.credit { to = "aa" } end
function tricks.negative(db) db.debit { amount = -50 } end
function tricks.role(db) db.debit { role = "admin" } end
function tricks.tip_too_much(db) db.tip { tip = 6 } end
function tricks.tip_negative(db) db.tip { tip = -5 } end
function tricks.tip_text(db) db.tip { tip = "5 OR 1=1" } end
function tricks.tip_nan(db) db.tip { tip = 0 / 0 } end
function tricks.tip_infinite(db) db.tip { tip = math.huge } end
function tricks.tip_missing(db) db.tip() end
function tricks.tip_is_a_list(db) db.tip { 5 } end
function tricks.tip_is_a_string(db) db.tip "5" end
function tricks.tip_in_pcall(db) pcall(db.tip, { tip = -5 }) db.debit() db.credit() end

return function(input, ctx)
  tricks[input.trick](ctx.db.pay)
  return { ok = true }
end
