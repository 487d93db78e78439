# Zweitmeinungen, wie gut Menschen übereinstimmen, und worin nicht.

agreement-title = Übereinstimmung
agreement-accuracy = Nutzen
agreement-disputed = Strittige
agreement-csv = CSV

agreement-head-none = Noch niemand hat eine Zweitmeinung abgegeben.
agreement-head-few = Noch zu wenige Zweitmeinungen für ein Urteil.
agreement-head-well = Die Antworten stimmen gut überein.
agreement-head-well-except = Die Antworten stimmen gut überein, außer zwischen { $first } und { $second }.
agreement-head-partly = Die Antworten stimmen meist überein, aber nicht überall.
agreement-head-partly-except = Die Antworten stimmen meist überein, am wenigsten zwischen { $first } und { $second }.
agreement-head-badly = Die Antworten gehen oft auseinander: Die Anleitung sollte mehr sagen.
agreement-head-badly-except = Die Antworten gehen oft auseinander, am meisten zwischen { $first } und { $second }.
agreement-numbers =
    { $n ->
        [one] 1 von { $labeled } gelabelten Beispielen haben mehrere Personen beantwortet, ohne die Antworten der anderen zu sehen. Alle sagten dasselbe bei { $same }.
       *[other] { $n } von { $labeled } gelabelten Beispielen haben mehrere Personen beantwortet, ohne die Antworten der anderen zu sehen. Alle sagten dasselbe bei { $same }.
    }
agreement-numbers-none = Zweitmeinungen zeigen, wie weit man Labels trauen kann und wo die Anleitung unklar ist. In den Einstellungen steht, welche Beispiele mehrere Personen bekommen.
agreement-disputed-only = Nach diesen wurde noch einmal gefragt, weil das Modell anderer Meinung war; deshalb ist die Übereinstimmung bei ihnen geringer als sonst.

agreement-alpha = Krippendorffs Alpha
agreement-interval = 95-%-Intervall { $low } bis { $high }
agreement-aloud = Auf einer Skala von 0 bis 1 liegt Alpha bei { $value }, zwischen { $low } und { $high }.
agreement-chance = Zufall
agreement-tentative = vorläufig
agreement-tentative-from = 0,67
agreement-reliable = verlässlich
agreement-reliable-from = 0,80
agreement-about-reliable = Übereinstimmung über den Zufall hinaus. Ab 0,80 kann man dem Label einer Person trauen; weitere Zweitmeinungen würden wenig ändern.
agreement-about-open = Übereinstimmung über den Zufall hinaus. Das Intervall reicht über 0,80 hinweg: Erst weitere Zweitmeinungen zeigen, ob man dem Label einer Person trauen kann.
agreement-about-tentative = Übereinstimmung über den Zufall hinaus. Unter 0,80 ist vorläufig, was auf dem Label einer Person beruht: Strittiges entscheiden und in der Anleitung mehr sagen.
agreement-about-weak = Übereinstimmung über den Zufall hinaus. Unter 0,67 sagt das Label einer Person zu wenig: die Anleitung klarer machen und mehrere fragen.
agreement-also = Fleiss' Kappa { $kappa }; dieselbe Antwort von allen bei { $share } der Beispiele.
agreement-by-class = Nach Klasse, die schwächste zuerst
agreement-class = Klasse
agreement-samples = Beispiele
agreement-alpha-column = Alpha
agreement-value = Wert
agreement-scale-note = Jede Klasse gegen alle anderen, auf einer Skala von { $from } bis 1. Der senkrechte Strich steht bei 0,80; Balken sind 95-%-Intervalle.
agreement-cure = Wo die Anleitung mehr sagen könnte
agreement-cure-about = Bei { $n } der { $all } strittigen Beispielen steht { $first } gegen { $second }.
agreement-edit-guide = Anleitung bearbeiten
agreement-by-pair = Je zwei Personen
agreement-pair-n = n { $n }
agreement-pairs-note = Cohens Kappa.
agreement-pairs-wide = Bei { $n } gemeinsamen Beispielen könnten { $first } und { $second } irgendwo zwischen { $low } und { $high } liegen.
agreement-change = Ändern
agreement-second-none = Jedes Beispiel bekommt eine Person.
agreement-second-share = { $share } der Beispiele bekommen { $people } Personen.
agreement-second-disputed = Ebenso die, bei denen eine Person und das Modell verschiedener Meinung sind.
agreement-second-disputed-only = Beispiele, bei denen eine Person und das Modell verschiedener Meinung sind, bekommen { $people } Personen.
agreement-second-waiting =
    { $n ->
        [one] 1 Beispiel wartet auf eine weitere Person.
       *[other] { $n } Beispiele warten auf eine weitere Person.
    }
agreement-rule-newest = Das Label ist die neueste Antwort.
agreement-rule-majority = Das Label ist die Antwort der meisten; bei Gleichstand die erste.
agreement-rule-weighted = Das Label ist die wahrscheinlichste Antwort, je nachdem, wie verlässlich jede Person ist.
agreement-rule-adjudicated = Das Label ist die erste Antwort, bis jemand in der Prüfung entscheidet.

agreement-settle =
    { $n ->
        [one] 1 strittiges Beispiel zu entscheiden
       *[other] { $n } strittige Beispiele zu entscheiden
    }
agreement-settle-none = Nichts Strittiges wartet
agreement-settle-about = Beispiele, die mehrere Personen verschieden beantwortet haben, kommen zur Entscheidung hierher.
agreement-settled = { $n } entschieden
agreement-open-sample = Dieses Beispiel öffnen
agreement-guide = Anleitung
agreement-another = Andere Klasse
agreement-third = Noch jemanden fragen
agreement-later = Später
agreement-next = Als Nächstes
agreement-more = und { $n } weitere
agreement-done = Entschieden.
agreement-order = Das Teuerste zuerst: Labels, die wahrscheinlich falsch sind, von Klassen, die wenige haben.

agreement-people = Annotierende
agreement-person = Person
agreement-answers = Antworten
agreement-median = Sekunden, Median
agreement-minutes = aktive Minuten
agreement-skips = übersprungen
agreement-same = dieselbe Antwort wie andere, { $from } bis 100 %
agreement-share = Anteil
agreement-with-themselves = wie zuvor
agreement-again = { $share } von { $n }
agreement-consistency =
    { $n ->
        [one] 1 Antwort wurde von derselben Person noch einmal erbeten: dieselbe Antwort in { $share }.
       *[other] { $n } Antworten wurden von denselben Personen noch einmal erbeten: dieselbe Antwort in { $share }.
    }
agreement-kappa = Cohens Kappa mit sich selbst: { $kappa }.
agreement-people-note = Nach Namen, nicht nach Rang: Alle bekommen verschiedene Beispiele, und Prüfende bekommen die schweren. Aktive Minuten sind Antworten mal mittlere Sekunden, Pausen zählen also nicht. Auch Überspringen ist eine Antwort.

agreement-leases = Gerade bei Personen
agreement-leases-none = Bei niemandem liegt ein Beispiel.
agreement-lease-sample = Beispiel
agreement-lease-since = seit
agreement-lease-ends = endet
agreement-lease-in = in { $n }{ "\u00A0" }min
agreement-free = Freigeben
agreement-free-sample = { $name } freigeben
agreement-leases-note = Ein freigegebenes Beispiel bekommt, wer als Nächstes fragt. Eine Antwort, die dazu unterwegs ist, wird abgelehnt, und die Person erfährt es.

second-title = Zweitmeinungen
second-share = Beispiele für mehrere Personen, in %
second-people = Personen je Beispiel
second-disputed = Auch Beispiele, bei denen eine Person und das Modell verschiedener Meinung sind
second-doubted = Zweifelhafte Labels, die noch einmal gefragt werden, höchstens, in %
second-audit = Auch Beispiele der Prüfmenge
second-rule = Das Label ist
second-about = Niemand sieht vor der eigenen Antwort, was andere sagten, und niemand wird zweimal gefragt. Bis alle geantwortet haben, ist die erste Antwort das Label; die Runden gehen also weiter.
label-rule-newest = die neueste Antwort
label-rule-majority = die Antwort der meisten
label-rule-weighted = die wahrscheinlichste, je nach Verlässlichkeit der Personen
label-rule-adjudicated = die erste, bis jemand in der Prüfung entscheidet
