/* W3C Trace Context, `traceparent`: which trace a request belongs to, for the log.
 *
 * Source: https://www.w3.org/TR/trace-context/, section 3.2. What is not exactly of that form is no
 * traceparent; nothing of it is used. */
#ifndef WRIT_HTTP_TRACEPARENT_H
#define WRIT_HTTP_TRACEPARENT_H

#include "base/text.h"

/* The trace id in a field's value: 32 lower-case hexadecimal digits, not all zero, which lie in
 * `value`; empty if it is not valid. A version above 00 may go on after what 00 has. */
struct text traceparent_trace_id(struct text value);

#endif
