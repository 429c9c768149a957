/* The codes of findings, in one table.
 *
 * A code is for a kind of mistake that somebody would look up: docs/errors.md has an entry for each
 * one, with an example and how to mend it. A number never changes its meaning and is never used
 * again; what is retired leaves a gap. The hundreds say where to look:
 *
 *   01 files and JSON              06 handlers (from 0620: what reading their Lua finds)
 *   02 JSON Schema                 07 writ.json
 *   03 contracts                   08 signatures
 *   04 queries and SQL             09 fixtures and tests
 *   05 policy, tables, migrations */
#ifndef WRIT_BASE_FINDING_H
#define WRIT_BASE_FINDING_H

/* X(name, number, title): the title is the heading of the entry. */
#define FINDINGS(X)                                                                                \
  X(FILE_UNREADABLE, 101, "A file cannot be read")                                                 \
  X(NOT_JSON, 102, "This is not JSON")                                                             \
  X(NO_APP, 103, "There is no app in the folder")                                                  \
  X(TREE_TOO_LARGE, 104, "A folder of the app holds too much")                                     \
  X(SYMBOLIC_LINK, 105, "Symbolic links are not followed")                                         \
  X(NOT_A_FILE, 106, "Something in contracts/ is no regular file")                                 \
  X(FILE_NAME, 107, "A name below contracts/ is not plain")                                        \
  X(NOT_UTF8, 108, "A file is not UTF-8")                                                          \
  X(HIDDEN_CHARACTER, 109, "A character cannot be seen")                                           \
  X(NEEDLESS_ESCAPE, 110, "An escape hides a character")                                           \
  X(PATH_TOO_LONG, 111, "A path is too long")                                                      \
  X(APP_UNOPENED, 112, "The app cannot be opened, or what was asked of it cannot be done")         \
                                                                                                   \
  X(SCHEMA_KEYWORD, 201, "JSON Schema has no such keyword")                                        \
  X(SCHEMA_VALUE, 202, "A keyword of JSON Schema has a value of the wrong kind")                   \
  X(SCHEMA_ITEMS, 203, "`items` is one schema")                                                    \
  X(SCHEMA_TWICE, 204, "A list of JSON Schema names something twice")                              \
  X(SCHEMA_TYPE, 205, "There is no such type")                                                     \
  X(SCHEMA_FORMAT, 206, "There is no such format")                                                 \
  X(SCHEMA_NORMALIZE, 207, "This cannot be a normalization")                                       \
  X(SCHEMA_PATTERN, 208, "A pattern is wrong")                                                     \
  X(SCHEMA_SLOW_PATTERN, 209, "A pattern can take exponential time")                               \
  X(SCHEMA_NO_EFFECT, 210, "A keyword has no effect without another")                              \
  X(SCHEMA_CIRCLE, 211, "A schema refers to itself for the same value")                            \
  X(SCHEMA_TOO_LARGE, 212, "A schema is nested too deeply or unfolds to too many")                 \
  X(SCHEMA_ANCHOR, 213, "An anchor stands twice")                                                  \
  X(SCHEMA_ID, 214, "`$id` is wrong")                                                              \
  X(SCHEMA_VOCABULARY, 215, "A meta-schema requires what is not known")                            \
  X(SCHEMA_OUTSIDE, 216, "A reference leaves the folder of the contracts")                         \
  X(SCHEMA_REFERENCE, 217, "A reference leads nowhere")                                            \
  X(SCHEMA_EMPTY, 218, "A schema admits nothing")                                                  \
                                                                                                   \
  X(CONTRACT_KEYWORD, 301, "Contracts have no such keyword")                                       \
  X(CONTRACT_LANGUAGE, 302, "A contract or template is not as the language wants it")              \
  X(GRANT_OUTSIDE, 303, "Only a contract may say this")                                            \
  X(CONTRACT_NAME, 304, "A path cannot be the name of a contract")                                 \
  X(ROUTE_WRONG, 305, "A route is wrong")                                                          \
  X(ROUTE_TAKEN, 306, "Two contracts have one route")                                              \
  X(ROUTE_OPENAPI, 307, "A route is that of the OpenAPI document")                                 \
  X(TEMPLATE_UNKNOWN, 308, "There is no such template")                                            \
  X(TEMPLATE_CLOSES, 309, "A template closes the input")                                           \
  X(TEMPLATE_PASSWORD, 310, "A template makes a field a password")                                 \
  X(PUBLIC_ROLE, 311, "\"public\" stands in a list of roles")                                      \
  X(ANY_ROLE, 312, "\"*\" stands where roles are named")                                           \
  X(PUBLIC_TEMPLATE, 313, "A public contract extends a template that asks for roles")              \
  X(NO_ROLE_LEFT, 314, "Templates leave no role")                                                  \
  X(WEBHOOK_ROLES, 315, "A webhook stands among roles")                                            \
  X(NO_PRINCIPAL, 316, "Something is asked of a principal where there is none")                    \
  X(REASON_NEEDLESS, 317, "`reason` belongs to public contracts")                                  \
  X(PRINCIPAL_UNKNOWN, 318, "Nothing says who the principal is")                                   \
  X(WEBHOOK_METHOD, 319, "A webhook has no body")                                                  \
  X(WEBHOOK_UNKNOWN, 320, "writ.json knows no such webhook")                                       \
  X(FIELD_UNKNOWN, 321, "The input has no such field")                                             \
  X(FIELD_PLACE, 322, "A field of the input cannot come from where it would")                      \
  X(FIELD_RESERVED, 323, "A field has a name that the host binds")                                 \
  X(FIELD_DEFAULT, 324, "A default is not valid")                                                  \
  X(PASSWORD_PLACE, 325, "Only a field of the input can be a password")                            \
  X(PASSWORD_FIELD, 326, "A field cannot be a password as it is declared")                         \
  X(PASSWORD_USE, 327, "A password is used where it must not be")                                  \
  X(PASSWORD_UNUSED, 328, "Nothing verifies or stores a password")                                 \
  X(RATE_LIMIT_MISSING, 330, "A contract must have a `rate_limit`")                                \
  X(AUDIT_MISSING, 331, "A contract that can write must have an `audit`")                          \
  X(GRANTED_TWICE, 332, "A query is granted twice")                                                \
  X(COMPUTES_BOUND, 333, "What the host binds cannot be computed")                                 \
  X(COMPUTES_UNUSED, 334, "No granted query takes what is computed")                               \
  X(UNOWNED_UNGRANTED, 335, "A query is called unowned, but is not granted")                       \
  X(UNOWNED_UNLISTED, 336, "The policy does not let a query be unowned")                           \
  X(WRITES_NOTHING, 337, "A contract says of writes what has no effect")                           \
  X(WRITES_ASLEEP, 338, "A contract that can write must not sleep")                                \
  X(WRITES_BY_GET, 339, "A GET or HEAD must not write")                                            \
  X(CREDENTIALS_KNOWN, 340, "Who is signed in has no use for `credentials`")                       \
  X(OWNED_FIELD, 341, "An owned field may be absent, null or of several types")                    \
  X(ERROR_UNDECLARED, 342, "An error is not declared")                                             \
  X(CONSTRAINT_UNKNOWN, 343, "The database has no constraint that could raise an error")           \
  X(SESSION_TOKEN, 344, "The token of a session has no place")                                     \
  X(SESSION_START, 345, "A session has nobody to start for")                                       \
  X(IDEMPOTENT_KEY, 346, "Repeats cannot be told apart safely")                                    \
  X(CACHE_KEPT, 347, "A reply must not be kept by clients")                                        \
  X(WHEN_NORMALIZES, 348, "A condition normalizes")                                                \
  X(WHEN_NEVER, 349, "No valid input meets a condition")                                           \
  X(OWNER_UNASKED, 350, "Nothing asks whose rows a field chooses")                                 \
  X(ROLE_UNKNOWN, 351, "A role that nobody can have")                                              \
  X(LIMIT_CUT, 352, "A limit is wider than another that holds")                                    \
  X(RATE_RANGE, 353, "A rate limit is beyond what can be counted")                                 \
                                                                                                   \
  X(QUERY_UNKNOWN, 401, "There is no such query")                                                  \
  X(QUERY_FILE, 402, "A file of queries has a name that is none")                                  \
  X(QUERY_TWICE, 403, "Two queries have one name")                                                 \
  X(QUERY_UNUSED, 404, "Nothing uses a query")                                                     \
  X(QUERY_NAME, 405, "The `name` note of a query is wrong")                                        \
  X(QUERY_EMPTY, 406, "A query has no SQL")                                                        \
  X(QUERY_STRAY, 407, "Something in a file of queries belongs to no query")                        \
  X(NOTE_UNKNOWN, 408, "There is no such note")                                                    \
  X(NOTE_NAMES, 409, "A note names what the query does not have")                                  \
  X(NOTE_ROWS, 410, "The `rows` note is wrong")                                                    \
  X(NOTE_CHOICE, 411, "A `choice` note is wrong")                                                  \
  X(SQL_WRONG, 412, "The SQL of a query is refused")                                               \
  X(PARAMETER_UNBOUND, 420, "Nothing can bind a parameter")                                        \
  X(PARAMETER_ABSENT, 421, "A parameter may be absent")                                            \
  X(PARAMETER_SHAPE, 422, "A parameter may be an array or an object")                              \
  X(PARAMETER_PASSWORD, 423, "A password goes where only its hash may")                            \
  X(PARAMETER_SECRET, 424, "A secret column takes what the handler sees")                          \
  X(PARAMETER_PRINCIPAL, 425, "A query needs a principal that nobody is")                          \
  X(PARAMETER_COMPUTED, 426, "A query of the host's takes what the handler computes")              \
  X(PARAMETER_CHOICE, 427, "A field cannot choose an alternative")                                 \
  X(HOST_QUERY_WRITES, 430, "A query that only the host asks writes")                              \
  X(HOST_QUERY_VALUE, 431, "A query gives more than the one value that is asked for")              \
  X(OWNER_QUERY, 432, "A query does not look at the owned field alone")                            \
  X(CREDENTIALS_QUERY, 433, "A query cannot find whose password to verify")                        \
                                                                                                   \
  X(POLICY_KEYWORD, 501, "The policy has no such keyword")                                         \
  X(POLICY_LANGUAGE, 502, "The policy is not as the language wants it")                            \
  X(POLICY_MISSING, 503, "There is no policy")                                                     \
  X(POLICY_QUERY, 504, "A query cannot do what the policy wants of it")                            \
  X(POLICY_IDENTITY, 505, "No query says who an identity provider's people are")                   \
  X(POLICY_SQL, 506, "An expression of the policy is wrong")                                       \
  X(POLICY_FAILED, 507, "The policy cannot be put in force")                                       \
  X(TABLE_UNGOVERNED, 510, "A table has no line in the policy")                                    \
  X(TABLE_UNKNOWN, 511, "A line of the policy is about no table")                                  \
  X(TABLE_TWICE, 512, "A table has two lines in the policy")                                       \
  X(TABLE_VIRTUAL, 513, "A virtual table cannot be governed")                                      \
  X(TABLE_LOOSE, 514, "A table is not STRICT")                                                     \
  X(COLUMN_UNKNOWN, 515, "A table has no such column")                                             \
  X(COLUMN_KEY, 516, "A column cannot be an owner or a key")                                       \
  X(COLUMN_GUARDED, 517, "A guarded column has a default that says too little")                    \
  X(COLUMN_SECRET, 518, "A secret column can be seen from others")                                 \
  X(OWNER_TYPES, 519, "Ids are of different types")                                                \
  X(PARENT_WRONG, 520, "A parent does not lead to an owner")                                       \
  X(REFERENCE_UNKNOWN, 521, "A foreign key refers to no table")                                    \
  X(TRIGGER_NAME, 522, "A trigger has the name of a table or view")                                \
  X(VIEW_WRONG, 523, "A view cannot be governed")                                                  \
  X(VIEW_LINE, 524, "A view has a line in the policy")                                             \
  X(VIEW_TRIGGER, 525, "A view has a trigger")                                                     \
  X(MIGRATION_NAME, 530, "The file of a migration is not numbered")                                \
  X(MIGRATION_FAILED, 531, "A migration fails")                                                    \
                                                                                                   \
  X(HANDLER_MISSING, 601, "A contract has no handler")                                             \
  X(HANDLER_UNREACHABLE, 602, "No contract names a handler")                                       \
  X(HANDLER_UNREADABLE, 603, "A file of Lua cannot be read or is too large")                       \
  X(HANDLER_LOAD, 604, "A handler or module does not load")                                        \
  X(HANDLER_UNDEFINED, 605, "A handler uses a name that nothing defines")                          \
  X(HANDLER_UNBUILT, 606, "The image of a handler cannot be used")                                 \
  X(QUERY_UNGRANTED, 620, "The contract does not grant a query")                                   \
  X(QUERY_NOWHERE, 621, "A handler calls a query that does not exist")                             \
  X(SQL_IN_HANDLER, 622, "Nothing takes SQL")                                                      \
  X(QUERY_UNCALLED, 623, "A query is a function")                                                  \
  X(CALLED_BY_COLON, 624, "A colon passes what stands before it")                                  \
  X(PARAMETER_BOUND, 625, "Only the host binds this parameter")                                    \
  X(PARAMETER_NOWHERE, 626, "A query takes no such parameter from a handler")                      \
  X(PARAMETER_MISSING, 627, "A computed parameter is missing")                                     \
  X(PARAMETERS_UNNAMED, 628, "Parameters of a query have names")                                   \
  X(PARAMETER_VALUE, 629, "The contract does not admit a computed value")                          \
  X(RUNS_TOO_OFTEN, 630, "A query runs more often than the contract allows")                       \
  X(FAIL_UNDECLARED, 631, "The contract declares no such error")                                   \
  X(FAIL_CODELESS, 632, "ctx.fail wants a code")                                                   \
  X(CONTEXT_MEMBER, 633, "ctx has no such member")                                                 \
  X(SLEEP_UNGRANTED, 634, "The contract does not grant ctx.sleep")                                 \
  X(PRINCIPAL_NOBODY, 635, "Nobody is signed in")                                                  \
  X(NOT_A_FUNCTION, 636, "A value of ctx is called")                                               \
  X(COLUMN_NOWHERE, 637, "A row has no such column")                                               \
  X(NOT_ITERATED, 638, "Rows are no iterator")                                                     \
  X(QUERY_NEVER_RUN, 639, "A granted query is never run")                                          \
  X(INPUT_FIELD, 640, "A handler reads a field that the input does not have")                      \
  X(INPUT_PASSWORD, 641, "A password is not in the input")                                         \
  X(INPUT_OPTIONAL, 642, "A field that may be absent is used unasked")                             \
  X(INPUT_NULL, 643, "A field that may be null is used unasked")                                   \
  X(RETURN_NOTHING, 650, "Nothing is returned")                                                    \
  X(RETURN_STATUS, 651, "A status is not declared")                                                \
  X(RETURN_BODY, 652, "A status without a body is given one")                                      \
  X(RETURN_MISSING, 653, "A field that `returns` requires is missing")                             \
  X(RETURN_FIELD, 654, "`returns` has no such field")                                              \
  X(RETURN_COLUMN, 655, "A row has a column that may not leave")                                   \
  X(RETURN_TYPE, 656, "`returns` does not admit a value")                                          \
  X(RETURN_NO_JSON, 657, "Something that is returned cannot be JSON")                              \
  X(RETURN_NULL, 658, "A row that may be null is returned")                                        \
  X(RETURN_ROWS, 659, "More rows may be returned than `returns` admits")                           \
  X(NULL_UNCHECKED, 660, "A row that may be null is read")                                         \
  X(NULL_IS_NOT_NIL, 661, "null is compared with nil")                                             \
  X(ALWAYS_TRUE, 662, "What a query gives is always true")                                         \
  X(COLUMN_NULL, 663, "A column that may be NULL is used unasked")                                 \
  X(NOT_CAUGHT, 670, "pcall does not catch this")                                                  \
  X(GLOBAL_FORGOTTEN, 671, "Something is kept for the next call")                                  \
  X(ENDLESS_LOOP, 672, "Nothing leaves a loop")                                                    \
  X(ERROR_FOR_FAIL, 673, "A declared error is raised by error()")                                  \
  X(STRING_FUNCTION, 674, "Strings have no such method")                                           \
  X(FAIL_ARGUMENTS, 675, "ctx.fail takes a code alone")                                            \
  X(LUACHECK, 690, "luacheck warns of something")                                                  \
                                                                                                   \
  X(CONFIG_KEYWORD, 701, "writ.json has no such keyword")                                          \
  X(CONFIG_LANGUAGE, 702, "writ.json is not as the language wants it")                             \
  X(CONFIG_LENGTH, 703, "A text or path in writ.json is too long")                                 \
  X(CONFIG_ADDRESS, 704, "An address to listen on is wrong")                                       \
  X(CONFIG_PASSWORDS, 705, "The memory for passwords is out of bounds")                            \
  X(CORS_ORIGIN, 706, "This cannot be an origin")                                                  \
  X(CORS_ANY, 707, "`*` stands beside what it does not go with")                                   \
  X(CORS_PLAIN, 708, "An origin is not served over https")                                         \
  X(JWT_LEEWAY, 709, "`leeway` is too long")                                                       \
  X(JWT_ISSUER_TWICE, 710, "An issuer has two entries")                                            \
  X(JWT_KEYS, 711, "A key set cannot be used")                                                     \
  X(PROXY_ADDRESS, 712, "This is no address of a proxy")                                           \
  X(PROXY_ANYBODY, 713, "Everybody is a trusted proxy")                                            \
  X(WEBHOOK_SECRET, 714, "A webhook is not described as it must be")                               \
  X(ADMIN_OPEN, 715, "Others can reach the address of the metrics")                                \
  X(CERTIFICATE_ENDS, 716, "A certificate has ended or ends soon")                                 \
                                                                                                   \
  X(MANIFEST_MISSING, 801, "Nobody has signed the contracts")                                      \
  X(MANIFEST_WRONG, 802, "The manifest is not as it is written")                                   \
  X(SIGNATURE_WRONG, 803, "The signature is wrong")                                                \
  X(SIGNER_UNKNOWN, 804, "The signer is not trusted")                                              \
  X(FILE_UNSIGNED, 805, "A file is not in the manifest")                                           \
  X(FILE_MISSING, 806, "A file of the manifest is missing")                                        \
  X(FILE_ALTERED, 807, "A signed file was altered")                                                \
                                                                                                   \
  X(FIXTURE_PRINCIPAL, 901, "A note of the fixtures names nobody")                                 \
  X(FIXTURE_TWICE, 902, "Two principals of the fixtures have one name")                            \
  X(FIXTURE_ISSUER, 903, "Tokens of identity providers are refused in tests")                      \
  X(FIXTURE_MADE, 904, "There are no fixtures, so rows were made")                                 \
  X(FIXTURE_MISSING, 905, "Rows for tests could not be made")                                      \
  X(FIXTURE_NOTE, 906, "A comment of the fixtures is nearly a note")                               \
  X(FIXTURE_NO_ROW, 907, "A principal of the fixtures has no row")                                 \
  X(FIXTURE_PASSWORD, 908, "A password of the fixtures is not that of the row")                    \
                                                                                                   \
  X(ATTACK_SERVES, 950, "A valid request makes the handler fail")                                  \
  X(ATTACK_TOKEN, 951, "A call without a good token is let through")                               \
  X(ATTACK_ROLES, 952, "A call without one of the roles is let through")                           \
  X(ATTACK_SCOPES, 953, "A token is good for more than its scopes")                                \
  X(ATTACK_WEBHOOK, 954, "A webhook that nobody signed is let through")                            \
  X(ATTACK_FORM, 955, "A malformed request is let through")                                        \
  X(ATTACK_INPUT, 956, "An input that the schema forbids is let through")                          \
  X(ATTACK_BOUNDS, 957, "An input that the schema just allows is not answered")                    \
  X(ATTACK_DATA, 958, "A string is not taken as data")                                             \
  X(ATTACK_OWNS, 959, "What is somebody else's can be reached")                                    \
  X(ATTACK_RULES, 960, "A rule can be got round")                                                  \
  X(ATTACK_LOGIN, 961, "A password or session does not do what it says")                           \
  X(ATTACK_REPEAT, 962, "A repeat has a second effect")                                            \
  X(ATTACK_RATE, 963, "A rate limit lets through too many, or too few")                            \
  X(ATTACK_STATE, 964, "Two requests share something")                                             \
  X(ATTACK_HOSTILE, 965, "A hostile handler is not contained")                                     \
  X(ATTACK_RETURNS, 966, "A reply does not fit `returns`")                                         \
  X(ATTACK_AUDIT, 967, "An effect has no row in the audit log")                                    \
  X(ATTACK_UNDO, 968, "A refusal left something behind")

enum finding_code {
#define FINDING_CODE(name, number, title) FINDING_##name = (number),
  FINDINGS(FINDING_CODE)
#undef FINDING_CODE
};

#endif
