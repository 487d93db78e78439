# The frame around every page, and words that many pages use.

language-name = English
skip-to-content = Skip to content
all-projects = Querist, all projects
project = Project
menu = Menu
menu-of = Menu of { $name }
signed-in-as = Signed in as
projects = Projects
account = Account
people = People
theme = Theme
theme-light = Light
theme-dark = Dark
theme-contrast = Contrast
theme-system = System
language = Language
sign-out = Sign out

tab-label = Label
tab-insight = Insight
tab-samples = Samples
tab-rounds = Rounds
tab-export = Export
tab-settings = Settings

save = Save
cancel = Cancel
close = Close
send = Send
name = Name
password = Password
optional = (optional)
form-unreachable = The server cannot be reached. Nothing was sent; try again.
form-sending = Sending
