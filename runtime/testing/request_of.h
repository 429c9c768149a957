/* A request out of a contract and one flat input, as the contract would have it split: into path,
 * query string and body. The opposite of what the dispatcher does first. */
#ifndef WRIT_TESTING_REQUEST_OF_H
#define WRIT_TESTING_REQUEST_OF_H

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "contract/contract.h"
#include "dispatch/dispatch.h"

/* Fills method, path, query, body and content type; nothing else of the request is set. All lies in
 * the arena. The values need not be valid, nor of the declared types: in path and query string,
 * null, booleans and numbers are their text, an object is JSON, an array in the query string is its
 * items one by one. Fields that the contract does not declare go where fields of its method are
 * taken from: into the body, or into the query string. -1: the input is no object, or lacks a field
 * of the path. */
int request_of(const struct contract *contract, const struct json *input, struct arena *arena,
               struct request *request, struct error *error);

#endif
