request-id = Nummer der Anfrage
error-internal = Auf dem Server ist etwas schiefgegangen.
