# What every page may have to say.

request-id = Request id
error-internal = Something went wrong on the server.
