-- The host ends the session: there is nothing left to do.
return function(input, ctx)
end
