-- Text that is not UTF-8: a lone continuation, an overlong slash, a surrogate, what is beyond Unicode, a cut end
-- expect: 500 contract_breach
return function() return { "fine", "\x80\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80\xe2\x82" } end
