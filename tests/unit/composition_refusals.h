/* What does not load of templates and policy, or of contracts together with them: grants where only
 * restrictions may stand, and restrictions that leave nothing. */
static const struct refusal composition_refusals[] = {
    /* --- Structure --- */
    {"no such template",
     {{UPDATE, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""}},
     UPDATE ":4:15: error: there is no template 'templates/signed_in'"},
    {"a grant in a template: uses",
     {{TEMPLATE, NULL, "{ \"uses\": { \"queries\": [] } }"}},
     TEMPLATE ":1:3: error: `uses` belongs to a contract; a template only restricts what contracts "
              "allow: write it there, where the reviewer sees it"},
    {"a grant in a template: errors, session, audit",
     {{TEMPLATE, NULL, "{ \"ensures\": { \"session\": { \"end\": \"all\" } } }"}},
     TEMPLATE ":1:3: error: `ensures` belongs to a contract; a template only restricts what "
              "contracts allow: write it there, where the reviewer sees it"},
    {"a grant in a template: credentials",
     {{TEMPLATE, NULL,
       "{ \"requires\": { \"credentials\": { \"query\": \"users.credentials\", \"password\": \"p\" "
       "} } }"}},
     TEMPLATE ":1:17: error: `credentials` belongs to a contract; a template only restricts what "
              "contracts allow: write it there, where the reviewer sees it"},
    {"a grant in a template: reauth",
     {{TEMPLATE, NULL,
       "{ \"requires\": { \"reauth\": { \"query\": \"users.own_credentials\", \"password\": \"p\" "
       "} } }"}},
     TEMPLATE ":1:17: error: `reauth` belongs to a contract; a template only restricts what "
              "contracts allow: write it there, where the reviewer sees it"},
    {"a grant in a template: or_role",
     {{TEMPLATE, NULL, "{ \"requires\": { \"or_role\": [\"admin\"] } }"}},
     TEMPLATE ":1:17: error: `or_role` belongs to a contract; a template only restricts what "
              "contracts allow: write it there, where the reviewer sees it"},
    {"a grant in a template: owns",
     {{TEMPLATE, NULL, "{ \"requires\": { \"owns\": { \"user_id\": \"self\" } } }"}},
     TEMPLATE ":1:17: error: `owns` belongs to a contract; a template only restricts what "
              "contracts allow: write it there, where the reviewer sees it"},
    {"a grant in a template: session, misplaced",
     {{TEMPLATE, NULL, "{ \"requires\": { \"session\": { \"end\": \"all\" } } }"}},
     TEMPLATE ":1:17: error: `session` belongs to a contract; a template only restricts what "
              "contracts allow: write it there, where the reviewer sees it"},
    {"a grant in a template: errors, misplaced",
     {{TEMPLATE, NULL, "{ \"errors\": { \"no\": { \"status\": 409 } } }"}},
     TEMPLATE ":1:3: error: `errors` belongs to a contract; a template only restricts what "
              "contracts allow: write it there, where the reviewer sees it"},
    {"a grant in a template: computes, misplaced",
     {{TEMPLATE, NULL, "{ \"computes\": { \"slug\": { \"type\": \"string\" } } }"}},
     TEMPLATE ":1:3: error: `computes` belongs to a contract; a template only restricts what "
              "contracts allow: write it there, where the reviewer sees it"},
    {"a grant in a template: unowned, misplaced",
     {{TEMPLATE, NULL, "{ \"unowned\": { \"users.register\": \"why\" } }"}},
     TEMPLATE ":1:3: error: `unowned` belongs to a contract; a template only restricts what "
              "contracts allow: write it there, where the reviewer sees it"},
    {"a public template",
     {{TEMPLATE, NULL, "{ \"requires\": { \"auth\": \"public\" } }"}},
     TEMPLATE ":1:25: error: `auth` must be an array"},
    {"a closed template: additionalProperties",
     {{TEMPLATE, NULL,
       "{ \"requires\": { \"validates\": { \"properties\": {}, \"additionalProperties\": false } } "
       "}"},
      {UPDATE, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""}},
     TEMPLATE
     ":1:74: error: a template cannot close the input, as the `false` in this schema does"},
    {"a closed template: unevaluatedProperties",
     {{TEMPLATE, NULL, "{ \"requires\": { \"validates\": { \"unevaluatedProperties\": false } } }"},
      {UPDATE, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""}},
     TEMPLATE
     ":1:57: error: a template cannot close the input, as the `false` in this schema does"},
    {"a closed template: under allOf",
     {{TEMPLATE, NULL,
       "{ \"requires\": { \"validates\": { \"allOf\": [{}, { \"additionalProperties\": false }] } "
       "} }"},
      {UPDATE, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""}},
     TEMPLATE
     ":1:72: error: a template cannot close the input, as the `false` in this schema does"},
    {"a closed template: under anyOf",
     {{TEMPLATE, NULL,
       "{ \"requires\": { \"validates\": { \"anyOf\": [{ \"allOf\": [{ \"unevaluatedProperties\": "
       "false }] }] } } }"},
      {UPDATE, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""}},
     TEMPLATE
     ":1:81: error: a template cannot close the input, as the `false` in this schema does"},
    {"a closed template: under oneOf",
     {{TEMPLATE, NULL,
       "{ \"requires\": { \"validates\": { \"oneOf\": [{ \"additionalProperties\": false }] } } }"},
      {UPDATE, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""}},
     TEMPLATE
     ":1:68: error: a template cannot close the input, as the `false` in this schema does"},
    {"a closed template: under then",
     {{TEMPLATE, NULL,
       "{ \"requires\": { \"validates\": { \"if\": {}, \"then\": { \"additionalProperties\": false "
       "} } } }"},
      {UPDATE, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""}},
     TEMPLATE
     ":1:76: error: a template cannot close the input, as the `false` in this schema does"},
    {"a closed template: under else",
     {{TEMPLATE, NULL,
       "{ \"requires\": { \"validates\": { \"if\": {}, \"else\": { \"additionalProperties\": false "
       "} } } }"},
      {UPDATE, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""}},
     TEMPLATE
     ":1:76: error: a template cannot close the input, as the `false` in this schema does"},
    {"a closed template: under dependentSchemas",
     {{TEMPLATE, NULL,
       "{ \"requires\": { \"validates\": { \"dependentSchemas\": { \"email\": { "
       "\"additionalProperties\": false } } } } }"},
      {UPDATE, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""}},
     TEMPLATE
     ":1:89: error: a template cannot close the input, as the `false` in this schema does"},
    {"a closed template: by a reference",
     {{TEMPLATE, NULL,
       "{ \"requires\": { \"validates\": { \"$ref\": \"#/requires/validates/$defs/x\", \"$defs\": "
       "{ \"x\": { \"additionalProperties\": false } } } } }"},
      {UPDATE, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""}},
     TEMPLATE
     ":1:114: error: a template cannot close the input, as the `false` in this schema does"},
    {"a closed template: by a reference to another file",
     {{TEMPLATE, NULL,
       "{ \"requires\": { \"validates\": { \"$ref\": \"../defs/closed.json\" } } }"},
      {"contracts/defs/closed.json", NULL, "{ \"additionalProperties\": false }"},
      {UPDATE, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""}},
     TEMPLATE ":1:30: error: a template cannot close the input, as the `false` in "
              "contracts/defs/closed.json does"},
    {"a grant in the policy: uses",
     {{POLICY, "\"tables\"", "\"uses\": { \"queries\": [] }, \"tables\""}},
     POLICY ":4:3: error: `uses` belongs to a contract; the policy only restricts what contracts "
            "allow: write it there, where the reviewer sees it"},
    {"a grant in the policy: or_role",
     {{POLICY, "\"tables\"", "\"or_role\": [\"admin\"], \"tables\""}},
     POLICY ":4:3: error: `or_role` belongs to a contract; the policy only restricts what "
            "contracts allow: write it there, where the reviewer sees it"},
    {"a grant in the policy: credentials",
     {{POLICY, "\"tables\"", "\"credentials\": {}, \"tables\""}},
     POLICY ":4:3: error: `credentials` belongs to a contract; the policy only restricts what "
            "contracts allow: write it there, where the reviewer sees it"},
    {"a grant in the policy: reauth",
     {{POLICY, "\"tables\"", "\"reauth\": {}, \"tables\""}},
     POLICY ":4:3: error: `reauth` belongs to a contract; the policy only restricts what contracts "
            "allow: write it there, where the reviewer sees it"},
    {"a grant in the policy: session",
     {{POLICY, "\"tables\"", "\"session\": { \"end\": \"all\" }, \"tables\""}},
     POLICY ":4:3: error: `session` belongs to a contract; the policy only restricts what "
            "contracts allow: write it there, where the reviewer sees it"},
    {"a grant in the policy: errors",
     {{POLICY, "\"tables\"", "\"errors\": {}, \"tables\""}},
     POLICY ":4:3: error: `errors` belongs to a contract; the policy only restricts what contracts "
            "allow: write it there, where the reviewer sees it"},
    {"a grant in the policy: computes",
     {{POLICY, "\"tables\"", "\"computes\": {}, \"tables\""}},
     POLICY ":4:3: error: `computes` belongs to a contract; the policy only restricts what "
            "contracts allow: write it there, where the reviewer sees it"},
    {"a grant in the policy: auth",
     {{POLICY, "\"tables\"", "\"auth\": \"public\", \"tables\""}},
     POLICY ":4:3: error: `auth` belongs to a contract; the policy only restricts what contracts "
            "allow: write it there, where the reviewer sees it"},
    {"no role is left",
     {{TEMPLATE, NULL, "{ \"requires\": { \"auth\": [\"admin\"] } }"},
      {UPDATE, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""}},
     UPDATE ":5:13: error: no role is left once 'templates/signed_in.json' is applied"},
    {"no role is left of those who are signed in by a template for webhooks",
     {{TEMPLATE, NULL, "{ \"requires\": { \"auth\": [\"webhook:stripe\"] } }"},
      {SEARCH, "[\"user\", \"admin\"]", "[\"*\"]"},
      {SEARCH, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""}},
     SEARCH ":5:13: error: no role is left once 'templates/signed_in.json' is applied"},
    {"roles that only a template makes a webhook's",
     {{TEMPLATE, NULL, "{ \"requires\": { \"auth\": [\"webhook:stripe\"] } }"},
      {SEARCH, "[\"user\", \"admin\"]", "[\"user\", \"webhook:stripe\"]"},
      {SEARCH, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""}},
     SEARCH
     ":5:13: error: a webhook is let in by its signature, so no other roles belong beside it"},
    {"public against a template",
     {{TEMPLATE, NULL, "{ \"requires\": { \"auth\": [\"*\"] } }"},
      {LOGIN, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""}},
     LOGIN ":5:13: error: this contract is public, but 'templates/signed_in.json' asks for roles"},
    {"no role is left by two templates, each of which leaves one",
     {{TEMPLATE, NULL, "{ \"requires\": { \"auth\": [\"admin\"] } }"},
      {"contracts/templates/users.json", NULL, "{ \"requires\": { \"auth\": [\"user\"] } }"},
      {SEARCH, "\"requires\"",
       "\"extends\": [\"templates/signed_in\", \"templates/users\"], \"requires\""}},
     SEARCH ":5:13: error: no role is left once 'templates/users.json' is applied: a template only "
            "narrows: leave it out, or name a role that it has too"},
    {"schemas that together admit nothing: types",
     {{TEMPLATE, NULL,
       "{ \"requires\": { \"validates\": { \"properties\": { \"email\": { \"type\": \"integer\" } "
       "} } } }"},
      {UPDATE, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""}},
     UPDATE ":6:18: error: no input can be valid: the schemas together admit nothing: look for "
            "keywords that contradict each other, in templates as well"},
    {"schemas that together admit nothing: the type of the whole",
     {{TEMPLATE, NULL, "{ \"requires\": { \"validates\": { \"type\": \"array\" } } }"},
      {UPDATE, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""}},
     UPDATE ":6:18: error: no input can be valid: the schemas together admit nothing: look for "
            "keywords that contradict each other, in templates as well"},
    {"schemas that together admit nothing: enums that have nothing in common",
     {{TEMPLATE, NULL,
       "{ \"requires\": { \"validates\": { \"properties\": { \"email\": { \"enum\": [\"c\"] } } } "
       "} }"},
      {UPDATE, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""},
      {UPDATE, "\"email\": { \"type\": \"string\", \"maxLength\": 254 }",
       "\"email\": { \"enum\": [\"a\", \"b\"] }"}},
     UPDATE ":6:18: error: no input can be valid: the schemas together admit nothing: look for "
            "keywords that contradict each other, in templates as well"},
    {"schemas that together admit nothing: two consts",
     {{TEMPLATE, NULL,
       "{ \"requires\": { \"validates\": { \"properties\": { \"email\": { \"const\": \"b\" } } } } "
       "}"},
      {UPDATE, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""},
      {UPDATE, "\"email\": { \"type\": \"string\", \"maxLength\": 254 }",
       "\"email\": { \"const\": \"a\" }"}},
     UPDATE ":6:18: error: no input can be valid: the schemas together admit nothing: look for "
            "keywords that contradict each other, in templates as well"},
    {"schemas that together admit nothing: a const of another type",
     {{TEMPLATE, NULL,
       "{ \"requires\": { \"validates\": { \"properties\": { \"email\": { \"const\": 1 } } } } }"},
      {UPDATE, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""}},
     UPDATE ":6:18: error: no input can be valid: the schemas together admit nothing: look for "
            "keywords that contradict each other, in templates as well"},
    {"schemas that together admit nothing: a minimum above the maximum",
     {{TEMPLATE, NULL,
       "{ \"requires\": { \"validates\": { \"properties\": { \"email\": { \"allOf\": [{ "
       "\"minimum\": 8 }] } } } } }"},
      {UPDATE, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""},
      {UPDATE, "\"email\": { \"type\": \"string\", \"maxLength\": 254 }",
       "\"email\": { \"type\": \"integer\", \"allOf\": [{ \"maximum\": 7 }] }"}},
     UPDATE ":6:18: error: no input can be valid: the schemas together admit nothing: look for "
            "keywords that contradict each other, in templates as well"},
    {"schemas that together admit nothing: minLength above maxLength",
     {{TEMPLATE, NULL,
       "{ \"requires\": { \"validates\": { \"properties\": { \"email\": { \"minLength\": 255 } } } "
       "} }"},
      {UPDATE, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""}},
     UPDATE ":6:18: error: no input can be valid: the schemas together admit nothing: look for "
            "keywords that contradict each other, in templates as well"},
    {"schemas that together admit nothing: a required property that is never there",
     {{TEMPLATE, NULL,
       "{ \"requires\": { \"validates\": { \"properties\": { \"email\": false } } } }"},
      {UPDATE, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""}},
     UPDATE ":6:18: error: no input can be valid: the schemas together admit nothing: look for "
            "keywords that contradict each other, in templates as well"},
    {"schemas that together admit nothing: a required property that is not declared",
     {{TEMPLATE, NULL, "{ \"requires\": { \"validates\": { \"required\": [\"tenant\"] } } }"},
      {UPDATE, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""}},
     UPDATE ":6:18: error: no input can be valid: the schemas together admit nothing: look for "
            "keywords that contradict each other, in templates as well"},
    {"schemas that together admit nothing: too few properties",
     {{TEMPLATE, NULL, "{ \"requires\": { \"validates\": { \"maxProperties\": 1 } } }"},
      {UPDATE, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""}},
     UPDATE ":6:18: error: no input can be valid: the schemas together admit nothing: look for "
            "keywords that contradict each other, in templates as well"},
    {"schemas that together admit nothing: names that are not allowed",
     {{TEMPLATE, NULL,
       "{ \"requires\": { \"validates\": { \"propertyNames\": { \"maxLength\": 5 } } } }"},
      {UPDATE, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""}},
     UPDATE ":6:18: error: no input can be valid: the schemas together admit nothing: look for "
            "keywords that contradict each other, in templates as well"},
    {"a template's rate limit by a field that is not there",
     {{TEMPLATE, NULL,
       "{ \"requires\": { \"rate_limit\": [{ \"limit\": 1, \"per\": \"1m\", \"by\": [\"input.x\"] "
       "}] } }"},
      {UPDATE, "\"requires\"", "\"extends\": [\"templates/signed_in\"], \"requires\""}},
     TEMPLATE ":1:66: error: 'x' is no field of 'users.update_profile'"},
};
