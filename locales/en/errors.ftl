# What every page may have to say.

request-id = Request id
error-internal = Something went wrong on the server.
error-your-projects = Your projects

# What a page in another language says by an error's code; in English the specific sentence is shown.
error-not-signed-in = You are not signed in.
error-not-signed-in-hint = Sign in and try again.
error-forbidden = Your role does not allow this.
error-forbidden-hint = Ask an admin.
error-cross-site = This request came from another site.
error-cross-site-hint = Reload the page and try again. Behind a proxy, check that it passes the Host header on unchanged.
error-not-found = There is nothing here, or no longer.
error-not-found-hint = Check the address.
error-no-project = There is no such project, or you may not see it.
error-no-project-hint = Check the address, or ask an admin to add you.
error-method = This address does not take this kind of request.
error-timeout = This took too long and was stopped.
error-timeout-hint = Try again in a moment.
error-too-large = The request is too large.
error-too-large-hint = Send less at once.
error-internal-hint = Nothing you did. Tell your admin the request id.
error-busy = The server is busy with this.
error-busy-hint = Try again in a few seconds.
error-disk-full = The server's disk is full.
error-disk-full-hint = Nothing was stored. Send it again once there is room; tell your admin.
error-database-away = The server's database does not answer.
error-read-only = The server may not write at present.
error-nothing-stored-hint = Nothing was stored. Tell your admin.
error-no-runtime = ONNX Runtime is missing on the server, so no model can run.
error-no-runtime-hint = Tell your admin; `querist doctor` says what to do.
error-lease-over = This sample is no longer with you.
error-lease-over-hint = The answer was not stored; the sample comes back later.
error-foreign-lease = This sample is with somebody else.
error-foreign-annotation = This answer is somebody else's.
error-unknown-class = The project has no such class.
error-retired-class = This class takes no new labels.
error-reload-hint = Reload the page for the present classes.
error-id-taken = Another answer has this id already.
error-superseded = This answer has been changed since.
error-last-admin = You cannot disable yourself or the last admin who can sign in.
error-name-taken = There is an account of this name already.
error-link-over = This sign-in link was used already or has expired.
error-not-finished = This export is not finished yet.
error-no-files = No file was sent; choose files, a zip or tar, or a CSV.
