//! A student beside its teacher: taught on the pool, measured on the audit set, written as a model that runs alone.

use querist::blobs::ORIGINAL;
use querist::models::{Deployed, Input};
use querist::progress::Progress;
use querist::service::encoders::adding as encoders;
use querist::service::models::distilling::{DistillingError, WantedStudent, distilled};
use querist::service::rounds::predictions;

use crate::support::models::small_model;
use crate::support::rounds::{Loop, runtime_is_there};

const WANTED: WantedStudent = WantedStudent { temperature: 2.0, label_share: 0.5, input: Input::Float };

#[tokio::test]
async fn a_student_says_much_of_what_its_teacher_says_and_changes_nothing_in_the_project() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 200).await;
    let file = folder.path().join("small.onnx");
    std::fs::write(&file, small_model().to_bytes()).unwrap();
    let student = encoders::keep(&at.app, &file, "small", None).await.unwrap();
    let early = distilled(&at.app, &at.project, &student, WANTED, &Progress::silent()).await;
    assert!(matches!(early, Err(DistillingError::NoTeacher)), "there is no round yet");

    at.answer_truly(80).await;
    at.round().await;
    let before = predictions::in_use(&at.app, &at.project).await.unwrap().unwrap();
    let (bytes, card) = distilled(&at.app, &at.project, &student, WANTED, &Progress::silent()).await.unwrap();
    let audit = card.audit.clone().unwrap();
    assert!(audit.n > 0 && audit.counts.n() == audit.n, "{audit:?}");
    assert!(card.agreement > 1.5 / before.classes.len() as f64, "five numbers of a picture say something: {card:?}");
    let audited = at.app.store.audit_samples(at.project.id, i64::MAX).await.unwrap().len();
    assert_eq!(card.taught, 200 - audited, "the audit set teaches nothing");
    assert_eq!((card.teacher.encoder.as_str(), card.student.encoder.as_str()), ("selftaught-surfaces", "small"));
    assert_eq!(card.student.size_bytes, bytes.len() as u64);

    let runtime = at.app.runtime.get().unwrap();
    let model = Deployed::from_bytes(&runtime, &bytes).unwrap();
    let sample = &at.app.store.sample_files(at.project.id).await.unwrap()[0];
    let bytes = at.app.blobs.get(ORIGINAL, &sample.hash).unwrap();
    let p = model.probabilities(&[model.prepare(&bytes).unwrap()]).unwrap();
    assert!(p.len() == model.classes().len() && (p.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{p:?}");

    let project = at.app.store.project(at.project.id).await.unwrap().unwrap();
    assert_eq!((project.encoder_id, project.next_encoder_id), (at.project.encoder_id, None));
    let hot = WantedStudent { temperature: 0.5, ..WANTED };
    let refused = distilled(&at.app, &at.project, &student, hot, &Progress::silent()).await.unwrap_err().to_string();
    assert!(refused.contains("temperature"), "{refused}");
}
