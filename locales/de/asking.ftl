# Was gefragt wird.

asking-title = Was gefragt wird
asking-headline = Von 100 Fragen lehren etwa { $ranked } das Modell, { $audit } messen es, und { $others } dienen anderem.
asking-next = Die nächsten 100 Fragen
asking-ranked = Nach { $strategy }
asking-ranked-about = Was Menschen auf der Karte gewählt haben, sonst was die Strategie am höchsten einordnet.
asking-floor = Mindestzahlen
asking-floor-about = Beispiele, die wahrscheinlich zu einer Klasse oder einem Teil des Pools mit zu wenigen Labels gehören.
asking-audit = Prüfmenge
asking-audit-about = Beim Import zufällig gezogen und nie trainiert. Es werden weniger, sobald viele ein Label haben.
asking-random = Zufällig
asking-random-about = Aus dem ganzen Pool, was immer die Rangfolge sagt, damit jedes Beispiel eine Chance hat.
asking-second = Zweite Meinungen
asking-second-about = Beispiele, die schon jemand anderes beantwortet hat.
asking-repeat = Noch einmal
asking-repeat-about = Beispiele, die noch einmal zu der Person kommen, die sie beantwortet hat.
asking-floors = Mindestzahlen
asking-floors-about = Eine Klasse mit Mindestzahl wird gesucht, bis sie so viele Trainingslabels hat: Gefragt wird, was am wahrscheinlichsten zu ihr gehört. Ein Label von ihr braucht es zu Beginn.
asking-at-least = Mindestens
asking-floor-of = Labels, die { $class } mindestens haben soll
asking-column = Jeder Wert von
asking-no-column = keine Spalte
asking-column-labels = hat mindestens
asking-of = { $labels } von { $floor }
asking-floor-share = Anteil an den Fragen der Strategie, in %
asking-floor-share-about = So viele gehen an Mindestzahlen, solange etwas fehlt, und sonst an die Strategie.
asking-people = Menschen
asking-per-day = Antworten am Tag
asking-per-day-about = Alle sehen einen Balken, der sich füllt. Danach wird niemand aufgehalten.
asking-repeats = Antworten, die noch einmal erbeten werden, in %
asking-repeats-about = Frühestens nach einer halben Stunde kommen manche Beispiele ein zweites Mal zu derselben Person. Wie oft die Antwort dieselbe ist, begrenzt, was ein Modell erreichen kann. Am Arbeitsplatz steht, dass das geschieht. Es gilt die neuere Antwort.
asking-audit-set = Prüfmenge
asking-audit-share = Anteil am Pool
asking-audit-samples = Beispiele
asking-audit-labeled = Gelabelt
asking-audit-smaller = Sind ihre Intervalle schmal genug, kann ein Teil der Prüfmenge entlassen werden: Seine Labels werden von da an trainiert. Was bleibt, ist wie zuvor ein zufälliger Teil des Pools. Was trainiert wurde, prüft nie wieder, daher kann sie nicht größer werden.
asking-audit-new-share = Neuer Anteil, in %
audit-retire = Den Rest entlassen
audit-retire-ask = Die Prüfmenge auf { $share } des Pools verkleinern?
audit-retire-leave =
    { $n ->
        [one] 1 Beispiel verlässt sie, darunter { $labels } Labels, die von nun an trainiert werden.
       *[other] { $n } Beispiele verlassen sie, darunter { $labels } Labels, die von nun an trainiert werden.
    }
audit-retire-stay =
    { $n ->
        [one] 1 Beispiel bleibt, mit { $labels } Labels, an denen die Genauigkeit gemessen wird.
       *[other] { $n } Beispiele bleiben, mit { $labels } Labels, an denen die Genauigkeit gemessen wird.
    }
audit-retire-final = Das lässt sich nicht zurücknehmen.
