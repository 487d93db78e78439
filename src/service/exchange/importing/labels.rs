//! Labels of an import: what a source says of a file, as classes of the project; missing ones are added.

use std::collections::{BTreeSet, HashMap};

use super::{LabelsFrom, ServiceError};
use crate::dataset::Label;
use crate::domain::class::{check_class_names, class_name};
use crate::domain::task::SEPARATOR;
use crate::domain::{ClassId, ClassSet, Project, Task};
use crate::service::App;

/// More classes than keys, pages and heads are made for: a column of names or numbers was probably meant for something
/// else.
const MOST_CLASSES: usize = 1000;

pub(super) struct Labels {
    task: Task,
    /// Class of each name; `None`: retired.
    known: HashMap<String, Option<ClassId>>,
    /// Name of each class.
    names: HashMap<ClassId, String>,
    /// Names refused before, with the reason.
    bad: HashMap<String, String>,
    added: Vec<String>,
    dry_run: bool,
}

impl Labels {
    pub(super) async fn load(
        app: &App,
        project: &Project,
        from: &LabelsFrom,
        dry_run: bool,
    ) -> Result<Self, ServiceError> {
        if !project.task.fits_folders() && *from == LabelsFrom::Folder {
            return Err(ServiceError::Invalid(
                "a folder names one class, and samples of this project have any number of them; give the labels in a column \
                 of a CSV, with `|` between classes"
                    .to_owned(),
            ));
        }
        let mut labels = Self {
            task: project.task,
            known: HashMap::new(),
            names: HashMap::new(),
            bad: HashMap::new(),
            added: Vec::new(),
            dry_run,
        };
        labels.refresh(app, project).await?;
        Ok(labels)
    }

    async fn refresh(&mut self, app: &App, project: &Project) -> Result<(), ServiceError> {
        for class in app.store.classes(project.id).await? {
            // Of two that look alike, from before names were composed, the first that is not retired wins.
            let known = self.known.entry(class_name(&class.name)).or_insert(None);
            *known = known.or((!class.retired).then_some(class.id));
            self.names.insert(class.id, class.name);
        }
        Ok(())
    }

    /// The names in a label; the reason why files with it are refused otherwise.
    fn names_in(&self, label: &Label) -> Result<Vec<String>, String> {
        let names = match label {
            Label::Text(cell) => self.task.names(cell),
            Label::Set(names) => names.clone(),
        };
        self.task.takes(names.len()).map_err(|error| error.to_string())?;
        let names: Vec<String> = names.iter().map(|name| class_name(name)).collect();
        if let Some(name) = names.iter().find(|name| self.task.check_name(name).is_err()) {
            return Err(format!("class `{name}` holds `{SEPARATOR}`, which stands between classes; rename it"));
        }
        match names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
            Some((_, twice)) => Err(format!("class `{twice}` is named twice; name each class once")),
            None => Ok(names),
        }
    }

    /// Refuse all labels of a source that together name more classes than there may be, before anything of it is stored.
    ///
    /// # Errors
    /// With how many there would be.
    pub(super) fn expect(&self, all: &BTreeSet<Label>) -> Result<(), ServiceError> {
        let named = all.iter().filter_map(|label| self.names_in(label).ok()).flatten();
        let new: BTreeSet<String> =
            named.filter(|name| !self.known.contains_key(name) && check_class_names(&[name]).is_ok()).collect();
        let total = new.len() + self.known.len();
        if new.is_empty() || total <= MOST_CLASSES {
            return Ok(());
        }
        Err(ServiceError::Invalid(format!(
            "the labels name {} new classes, which would make {total}, and a project has at most {MOST_CLASSES}; is this the \
             right column? Nothing was imported",
            new.len()
        )))
    }

    /// What `label` names: a class, or several where samples have any number of them. Missing ones are added, in a dry run
    /// under a number of their own.
    ///
    /// The inner error is the reason why files with this label are refused.
    pub(super) async fn named(
        &mut self,
        app: &App,
        project: &Project,
        label: &Label,
    ) -> Result<Result<ClassSet, String>, ServiceError> {
        let names = match self.names_in(label) {
            Ok(names) => names,
            Err(reason) => return Ok(Err(reason)),
        };
        // All must be valid before the first one is added.
        if let Some(reason) = names.iter().find_map(|name| self.refusal(name)) {
            return Ok(Err(reason));
        }
        let mut classes = Vec::with_capacity(names.len());
        for name in names {
            classes.push(self.class(app, project, name).await?);
        }
        Ok(Ok(classes.into_iter().collect()))
    }

    /// What a model's prediction names: classes of the project alone. Retired ones are among them: a prediction is no answer.
    ///
    /// # Errors
    /// Why it cannot be kept.
    pub(super) fn predicted(&self, label: &Label) -> Result<ClassSet, String> {
        let names = self.names_in(label)?;
        let class = |name: &String| {
            let known = self.names.iter().find(|(_, known)| class_name(known) == *name).map(|(class, _)| *class);
            known.ok_or_else(|| format!("it predicts `{name}`, which is no class of the project; add the class first"))
        };
        names.iter().map(class).collect()
    }

    /// Why a label must not name this class.
    fn refusal(&mut self, name: &str) -> Option<String> {
        match self.known.get(name) {
            Some(Some(_)) => return None,
            Some(None) => {
                return Some(format!("class `{name}` is retired; bring it back, or import without labels"));
            }
            None => {}
        }
        if let Some(reason) = self.bad.get(name) {
            return Some(reason.clone());
        }
        let reason = check_class_names(&[name]).err()?.to_string();
        self.bad.insert(name.to_owned(), reason.clone());
        Some(reason)
    }

    /// The class called `name`, if it may be given; added if missing.
    async fn class(&mut self, app: &App, project: &Project, name: String) -> Result<ClassId, ServiceError> {
        if let Some(Some(class)) = self.known.get(&name) {
            return Ok(*class);
        }
        self.added.push(name.clone());
        if self.dry_run {
            let class = ClassId(-(self.added.len() as i64));
            self.known.insert(name.clone(), Some(class));
            self.names.insert(class, name);
            return Ok(class);
        }
        app.store.add_classes(project.id, std::slice::from_ref(&name), app.clock.now()).await?;
        self.refresh(app, project).await?;
        let class = self.known.get(&name).copied().flatten();
        class.ok_or_else(|| {
            ServiceError::Conflict(format!("class `{name}` was retired while it was imported; try again"))
        })
    }

    /// A label as the report says it.
    pub(super) fn words(&self, classes: &ClassSet) -> String {
        let name = |class: ClassId| self.names.get(&class).cloned().unwrap_or_else(|| class.to_string());
        self.task.cell(&classes.ids().map(name).collect::<Vec<_>>())
    }

    /// Classes added by this import, in the order they were met.
    pub(super) fn added(&self) -> Vec<String> {
        self.added.clone()
    }
}
