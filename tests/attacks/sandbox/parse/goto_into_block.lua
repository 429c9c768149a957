-- goto into a block, into the scope of a local, to a label twice there
-- expect: 503 handler_unavailable
return "goto inside do local x ::inside:: ::inside:: end return function() end"
