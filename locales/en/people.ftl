# The page of everybody on the server.

people-link = Send { $name } this link. It works once, for a day, and will not be shown again.
people-add-somebody = Add somebody
people-role = Role
people-project = Project
people-whole-server = whole server (admin)
people-add = Add
people-everybody = Everybody
people-table = Table of everybody
people-roles = Roles
people-actions = Actions
people-disabled = disabled
people-server-admin = admin of the server
people-role-in = { $role } in { $project }
people-new-link = Link
people-new-link-for = New sign-in link for { $name }
people-disable = Disable
people-disable-person = Disable { $name }
people-enable = Enable
people-enable-person = Enable { $name }
