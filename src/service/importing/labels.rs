//! Labels of an import: from a file's folder or column to a class of the project, adding classes that are missing.

use std::collections::HashMap;

use super::{LabelsFrom, ServiceError};
use crate::app::App;
use crate::dataset::{Found, sets};
use crate::domain::class::check_class_names;
use crate::domain::{ClassId, Named, Project};

/// More classes than keys, pages and heads are made for: a column of names or numbers was probably meant as something else.
const MOST_CLASSES: usize = 1000;

pub(super) struct Labels {
    /// Class of each name; `None`: retired.
    known: HashMap<String, Option<ClassId>>,
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
        if project.is_multi() && *from == LabelsFrom::Folder {
            return Err(ServiceError::Invalid(
                "a folder names one class, and samples of this project have any number of them; give the labels in a column \
                 of a CSV, with `|` between classes"
                    .to_owned(),
            ));
        }
        let mut labels = Self { known: HashMap::new(), bad: HashMap::new(), added: Vec::new(), dry_run };
        labels.refresh(app, project).await?;
        Ok(labels)
    }

    async fn refresh(&mut self, app: &App, project: &Project) -> Result<(), ServiceError> {
        for class in app.store.classes(project.id).await? {
            self.known.insert(class.name, (!class.retired).then_some(class.id));
        }
        Ok(())
    }

    /// What `from` says about a file: the name of its class, or a cell with those of several.
    pub(super) fn wanted(from: &LabelsFrom, found: &Found) -> Option<String> {
        let label = match from {
            LabelsFrom::Nowhere => None,
            LabelsFrom::Folder => found.folder_label.as_deref(),
            LabelsFrom::Column(_) => found.label.as_deref(),
        };
        label.map(str::trim).filter(|label| !label.is_empty()).map(str::to_owned)
    }

    /// What `label` names: a class, or the classes of a cell where samples have any number of them. Missing ones are added;
    /// `None` in a dry run that would add some.
    ///
    /// The inner error is the reason why files with this label are refused.
    pub(super) async fn named(
        &mut self,
        app: &App,
        project: &Project,
        label: &str,
    ) -> Result<Result<Option<Named>, String>, ServiceError> {
        if !project.is_multi() {
            return Ok(self.class(app, project, label).await?.map(|class| class.map(Named::One)));
        }
        let names = sets::split(label);
        if let Some(twice) = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
            return Ok(Err(format!("class `{}` is named twice; name each class once", twice.1)));
        }
        let mut classes = Some(Vec::new());
        for name in &names {
            match self.class(app, project, name).await? {
                Ok(Some(class)) => {
                    if let Some(classes) = &mut classes {
                        classes.push(class);
                    }
                }
                Ok(None) => classes = None,
                Err(reason) => return Ok(Err(reason)),
            }
        }
        Ok(Ok(classes.map(|classes| Named::Set(classes.into_iter().collect()))))
    }

    /// The class called `name`, added where it is missing; `None` in a dry run that would add it.
    ///
    /// The inner error is the reason why files with this label are refused.
    async fn class(
        &mut self,
        app: &App,
        project: &Project,
        name: &str,
    ) -> Result<Result<Option<ClassId>, String>, ServiceError> {
        match self.known.get(name) {
            Some(Some(class)) => return Ok(Ok(Some(*class))),
            Some(None) if self.dry_run && self.added.iter().any(|added| added == name) => return Ok(Ok(None)),
            Some(None) => {
                return Ok(Err(format!("class `{name}` is retired; bring it back, or import without labels")));
            }
            None => {}
        }
        if let Some(reason) = self.bad.get(name) {
            return Ok(Err(reason.clone()));
        }
        if let Err(error) = check_class_names(&[name]) {
            let reason = error.to_string();
            self.bad.insert(name.to_owned(), reason.clone());
            return Ok(Err(reason));
        }
        if self.known.len() >= MOST_CLASSES {
            return Err(ServiceError::Invalid(format!(
                "the labels name more than {MOST_CLASSES} classes; is this the right column?"
            )));
        }
        self.added.push(name.to_owned());
        if self.dry_run {
            self.known.insert(name.to_owned(), None);
            return Ok(Ok(None));
        }
        app.store.add_classes(project.id, &[name.to_owned()], app.clock.now()).await?;
        self.refresh(app, project).await?;
        Ok(Ok(self.known.get(name).copied().flatten()))
    }

    /// Classes added by this import, in the order they were met.
    pub(super) fn added(self) -> Vec<String> {
        self.added
    }
}
