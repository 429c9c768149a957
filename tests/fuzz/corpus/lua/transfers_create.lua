-- Every value below is the host's: who pays, whom, how much. What is left to decide is the order, and the
-- contract holds the result to account.
return function(input, ctx)
  local transfer = ctx.db.transfers.create()
  ctx.db.transfers.enter()
  ctx.db.accounts.debit()
  ctx.db.accounts.credit()
  return transfer, 201
end
