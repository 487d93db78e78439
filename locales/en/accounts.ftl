# Signing in, and what can go wrong with an account.

sign-in-title = Sign in
sign-in-forgotten = No password yet, or forgotten? Ask your admin for a sign-in link.
sign-in-again = Sign in again
sign-in-kept = Your answers are kept in this browser and are sent as soon as you are back.
sign-in-later = Later
sign-in-elsewhere = No password, or somebody else? Sign in there, then come back here:
sign-in-other-page = Sign in on another page
link-welcome = Welcome, { $name }
link-once = This link signs you in once.
link-forgot = Forgot your password? Set a new one here.
link-set = Set a password to come back without a link.
link-empty-keep = Leave both empty to keep the old one.
link-empty-without = Leave both empty to go on without.
link-sign-in = Sign in as { $name }
link-passwords-differ = The two passwords differ; type them again.
link-hint = A link works once, within a day.
link-with-password = Sign in with a password
password-new = New password
password-again = New password again
password-rule = At least { $n } characters.

account-bad-name = The name “{ $name }” must have 1 to 100 characters, without line breaks or spaces at its ends; choose another one.
account-name-taken = An account called “{ $name }” exists already, and names that differ only in case are one; choose another name.
account-none = There is no account called “{ $name }”.
account-no-project = There is no project “{ $slug }”; check the spelling.
account-role-needs-project = The role { $role } is held in a project; say which one.
account-password-short = The password is shorter than { $n } characters; choose a longer one.
account-password-long = The password is longer than { $n } characters; choose a shorter one.
account-password-name = The password is the account's name; choose another one.
account-password-common = The password is one of those that are guessed first; choose three or more unrelated words.
account-wrong-password = Name or password is wrong.
account-too-many =
    { $n ->
        [one] Too many wrong passwords; try again in a minute.
       *[other] Too many wrong passwords; try again in { $n } minutes.
    }
account-link-unknown = This sign-in link is unknown; ask for a new one.
account-link-used = This sign-in link was used already; ask for a new one.
account-link-expired = This sign-in link has expired; ask for a new one.
account-disabled = This account is disabled; ask an admin to enable it.
account-no-token = There is no such token; it may have been revoked already.
account-yourself = You cannot do this to yourself; ask another admin.
account-last-admin = “{ $name }” is the last admin who can sign in; make somebody else an admin first.

account-no-password = You have no password yet: only a sign-in link lets you in.
account-current = Current password
account-rule = At least { $n } characters. Your other sessions will be signed out, and your tokens and sign-in links end.
account-change = Change password
account-set = Set password
account-changed = Password changed. Every other session was signed out, and your tokens and sign-in links have ended.
account-current-wrong = The current password is wrong.
account-new-differ = The two new passwords differ; type them again.
account-tokens = API tokens
account-tokens-about = A token lets a program act as you, with your roles. Send it as { $header }
account-token-copy = Copy the new token now. It will not be shown again.
account-made = Made
account-action = Action
account-revoke = Revoke
account-revoke-token = Revoke { $name }
account-token-name = Name of the new token
account-token-example = nightly export
account-token-make = Create token
account-token-bad-name = Give the token a name of 1 to 100 characters.
account-sessions = Sessions
account-signed-in = Signed in
account-ends = Ends
account-which = Which
account-this-one = this one
account-sign-out-others = Sign out everywhere else

account-has-role = “{ $name }” is { $role } in { $project } already; change that in their row on the People page.
account-busy = Too many people are signing in at once; try again in a few seconds.
account-token-days = A token lasts 1 to { $n } days; choose a number between.
account-token-lasts = It lasts
account-token-until-revoked = until it is revoked
account-token-for-days = { $n } days
account-token-never = when revoked

scope-read = read
scope-label = read and label
scope-manage = everything I may do
account-token-scope = May
account-token-may = It may
account-used = Last used
account-unused = not yet
account-browser = Browser
account-unknown-browser = unknown
account-end = End
account-end-session = End the session in { $browser }
account-no-session = There is no such session; it may have ended already.
account-data = Your data
account-data-about = Everything on this server that names you: account, roles, sessions, tokens, answers, notes, and what the record says of you.

sign-in-no-account = You are signed in as { $name }, but there is no account of this name that you may use here. Ask an admin to add or enable it.
sign-in-newcomer = You are signed in as { $name }, and have no account here yet.
sign-in-join = Join

sign-in-at = Sign in with { $name }
sign-in-came-back = { $name } has signed you in. One moment.
account-connected = This account is connected to { $name }.
account-connect = Connect to { $name }
account-sign-out-at = Sign out at { $name }
