return function(input, ctx)
  local accounts = ctx.db.accounts.list()
  local total = 0
  for _, account in ipairs(accounts) do total = total + account.balance end
  return { accounts = accounts, total = total }
end
