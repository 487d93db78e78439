//! The frame around every page: title, tabs, account menu, theme, language.

use std::sync::Arc;

use crate::domain::Role;
use crate::service::people::known::Identity;
use crate::web::frame::extract::{CurrentAccount, Member};
use crate::web::frame::language::{Language, Text};
use crate::web::frame::session::{Appearance, Theme};

/// The parts of a project, in the order of the tabs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    Label,
    Insight,
    Samples,
    Rounds,
    Export,
    Settings,
}

impl Tab {
    const ALL: [Self; 6] = [Self::Label, Self::Insight, Self::Samples, Self::Rounds, Self::Export, Self::Settings];

    /// The id of its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Label => "tab-label",
            Self::Insight => "tab-insight",
            Self::Samples => "tab-samples",
            Self::Rounds => "tab-rounds",
            Self::Export => "tab-export",
            Self::Settings => "tab-settings",
        }
    }

    /// The last part of the address: `/p/{slug}/label`.
    pub fn path(self) -> &'static str {
        match self {
            Self::Label => "label",
            Self::Insight => "insight",
            Self::Samples => "samples",
            Self::Rounds => "rounds",
            Self::Export => "export",
            Self::Settings => "settings",
        }
    }

    /// The least role that may open it.
    pub fn role(self) -> Role {
        match self {
            Self::Label => Role::Annotator,
            Self::Samples => Role::Reviewer,
            // Live counts of training and audit labels would reveal which of one's answers audit.
            Self::Insight | Self::Rounds | Self::Export | Self::Settings => Role::Lead,
        }
    }
}

/// A tab as drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TabLink {
    pub title: String,
    pub href: String,
    pub current: bool,
}

/// What `templates/page.html` needs; every page's view has one in its field `shell`.
#[derive(Debug, Clone)]
pub struct Shell {
    pub title: String,
    pub account: Option<Arc<Identity>>,
    /// Name and address of the project that is open.
    pub project: Option<(String, String)>,
    pub tabs: Vec<TabLink>,
    /// Whether the project is archived, which every page of it says.
    pub archived: bool,
    pub look: Appearance,
}

impl Shell {
    /// A page for people who are not signed in.
    pub fn bare(title: impl Into<String>, look: Appearance) -> Self {
        Self { title: title.into(), account: None, project: None, tabs: Vec::new(), archived: false, look }
    }

    /// A page outside every project.
    pub fn account(title: impl Into<String>, account: &CurrentAccount) -> Self {
        Self { account: Some(Arc::clone(&account.who)), ..Self::bare(title, account.look) }
    }

    /// A page of a project; `current` is the tab it belongs to.
    pub fn project(member: &Member, current: Tab) -> Self {
        Self::page(member, member.language().say(current.title()), Some(current))
    }

    /// A page of a project with a title of its own.
    pub fn page(member: &Member, title: impl Into<String>, current: Option<Tab>) -> Self {
        let title = title.into();
        let project = &member.project;
        let tabs = Tab::ALL
            .into_iter()
            .filter(|tab| tab.role() <= member.role)
            .map(|tab| TabLink {
                title: member.language().say(tab.title()).into(),
                href: format!("/p/{}/{}", project.slug, tab.path()),
                current: Some(tab) == current,
            })
            .collect();
        Self {
            title: format!("{title} · {}", project.name),
            project: Some((project.name.clone(), format!("/p/{}", project.slug))),
            tabs,
            archived: project.archived_us.is_some(),
            ..Self::account(String::new(), &member.account)
        }
    }

    /// Up to two initials.
    pub fn initials(&self) -> String {
        let name = self.account.as_ref().map_or("", |who| who.name.as_str());
        let words = name.split(|c: char| !c.is_alphanumeric()).filter_map(|word| word.chars().next());
        words.take(2).flat_map(char::to_uppercase).collect()
    }

    /// The value of `data-theme`.
    pub fn theme(&self) -> &'static str {
        self.look.theme.as_str()
    }

    /// When the strongest contrast is shown, as a media query.
    pub fn contrast(&self) -> &'static str {
        match self.look.theme {
            Theme::Contrast => "all",
            Theme::System => "(prefers-contrast: more)",
            Theme::Light | Theme::Dark => "not all",
        }
    }

    /// The page's language.
    pub fn language(&self) -> Language {
        self.look.language
    }

    /// A text of the page by its id.
    pub fn say<'a>(&self, id: &'a str) -> Text<'a> {
        self.look.language.say(id)
    }
}
