//! Pages and their JSON twins: every route and every layer, in one place.
//!
//! **Invariant:** the only place that names `axum`; no SQL, no mathematics. GET never writes.

pub mod api;
pub mod frame;
pub mod pages;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate as _};
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::map_request_body::MapRequestBodyLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};
use tower_http::trace::{DefaultOnFailure, TraceLayer};
use tracing::Span;

use self::frame::{acts, assets, error, listening, origin};
#[cfg(debug_assertions)]
use self::pages::styleguide;
use self::pages::{
    account, agreement, archive, asking, augmentation, backups, classes, compare, confusion, coverage, doubts,
    encoders, export, flags, grid, health, help, home, imports, insight, label, map, media, metrics, model, people,
    personal, predictions, provider, record, replay, review, rounds, sample, samples, second_opinions, settings,
    sign_in, webhooks, words,
};
use crate::data::handles;
use crate::service::App;
use error::WebError;
use origin::Doors;
use provider::ProviderAtDoor;

/// The largest body, unless its route says otherwise.
pub(in crate::web) const BODY_LIMIT: usize = 1024 * 1024;
/// The largest upload; larger pools are imported on the server, from its own disk.
const UPLOAD_LIMIT: usize = 4 << 30;
/// A request may take this long, unless its route is among [`slow`].
const TIMEOUT: Duration = Duration::from_secs(30);

/// Nothing inline, nothing from elsewhere; pictures may also come from memory.
const POLICY: &str =
    "default-src 'self'; img-src 'self' data: blob:; frame-ancestors 'none'; base-uri 'self'; form-action 'self'";

/// Tells `static/forms.js` that a page is the form's own response.
const FORM_ANSWER: HeaderName = HeaderName::from_static("x-form-answer");

/// An upload may be silent this long.
const SILENCE: Duration = Duration::from_mins(1);

/// Every page and every JSON address, reached directly or by a proxy on this machine.
pub fn router(app: App) -> Router {
    router_behind(app, Doors::default())
}

/// As [`router`], behind the proxies and under the address in `doors`.
pub fn router_behind(app: App, doors: Doors) -> Router {
    let quick = pages()
        .merge(project_pages())
        .merge(api())
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, TIMEOUT));
    let provider = ProviderAtDoor(doors.provider.clone());
    let around = ServiceBuilder::new()
        .layer(Extension(provider))
        .layer(from_fn_with_state(Arc::new(doors), origin::find))
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_request(())
                .on_response(finished)
                // `error::render` logs the cause; a second line would say less.
                .on_failure(DefaultOnFailure::new().level(tracing::Level::DEBUG)),
        )
        .layer(from_fn_with_state(app.clone(), metrics::count))
        .layer(from_fn(headers))
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(is_whole)))
        .layer(from_fn_with_state(app.clone(), error::render))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(CsrfLayer::new().with_rejection_response(cross_site))
        .layer(from_fn_with_state(app.clone(), acts::keep))
        .layer(DefaultBodyLimit::max(BODY_LIMIT));
    quick.merge(slow()).fallback(nothing_here).layer(around).with_state(app)
}

fn pages() -> Router<App> {
    let router = Router::new();
    #[cfg(debug_assertions)]
    let router = router.route("/styleguide", get(styleguide::show));
    router
        .route("/", get(home::show))
        .route("/sign-in", get(sign_in::show).post(sign_in::create))
        .route("/sign-in/proxy", post(sign_in::join))
        .route("/sign-in/provider", get(provider::depart))
        .route("/sign-in/provider/back", get(provider::back).post(provider::arrive))
        .route("/sign-out/provider", get(provider::leave))
        .route("/sign-out", post(sign_in::delete))
        .route("/link/{secret}", get(sign_in::show_link).post(sign_in::use_link))
        .route("/theme", post(account::set_theme))
        .route("/language", post(account::set_language))
        .route("/words", get(words::show))
        .route("/account", get(account::show))
        .route("/account/password", post(account::change_password))
        .route("/account/tokens", post(account::create_token))
        .route("/account/tokens/{id}/revoke", post(account::revoke_token))
        .route("/account/sessions/end-others", post(account::end_other_sessions))
        .route("/account/sessions/{id}/end", post(account::end_session))
        .route("/people", get(people::show).post(people::create))
        .route("/people/{id}/link", post(people::new_link))
        .route("/people/{id}/role", get(people::ask_role).post(people::set_role))
        .route("/people/{id}/disable", get(people::ask_disable).post(people::disable))
        .route("/people/{id}/enable", post(people::enable))
        .route("/people/{id}/data", post(personal::export))
        .route("/people/{id}/delete", get(personal::ask_delete).post(personal::delete))
        .route("/people/{id}/anonymise", get(personal::ask_anonymise).post(personal::anonymise))
        .route("/account/data", post(personal::export_own))
        .route("/archive", get(archive::projects))
        .route("/backups", get(backups::show).post(backups::make))
        .route("/backups/{name}", post(backups::take_away))
        .route("/record", get(record::show))
        .route("/record.csv", get(record::csv))
        .route("/projects", post(home::create))
}

/// The pages of a project, and the files that they show.
fn project_pages() -> Router<App> {
    Router::new()
        .route("/p/{slug}", get(home::open))
        .route("/p/{slug}/label", get(label::show).post(label::answer))
        .route("/p/{slug}/grid", get(grid::show))
        .route("/p/{slug}/insight", get(insight::show))
        .route("/p/{slug}/insight/chart.svg", get(insight::files::svg))
        .route("/p/{slug}/insight/curve.csv", get(insight::files::csv))
        .route("/p/{slug}/confusion", get(confusion::show))
        .route("/p/{slug}/help", get(help::show).post(help::start))
        .route("/p/{slug}/help/cures", post(help::choose))
        .route("/p/{slug}/goal", post(insight::goal::save))
        .route("/p/{slug}/goal/go-on", post(insight::goal::go_on))
        .route("/p/{slug}/agreement", get(agreement::show))
        .route("/p/{slug}/agreement/settle", post(agreement::decide))
        .route("/p/{slug}/agreement/ask", post(agreement::ask))
        .route("/p/{slug}/agreement/undo", post(agreement::undo))
        .route("/p/{slug}/agreement/free", post(agreement::free))
        .route("/p/{slug}/second-opinions", post(second_opinions::save))
        .route("/p/{slug}/asking", get(asking::show).post(asking::save))
        .route("/p/{slug}/audit/retire", get(asking::ask_retire).post(asking::retire))
        .route("/p/{slug}/replay", get(replay::show).post(replay::start))
        .route("/p/{slug}/replay/stop", post(replay::stop))
        .route("/p/{slug}/samples", get(samples::show))
        .route("/p/{slug}/samples/{sample}", get(sample::show))
        .route("/p/{slug}/review", post(review::settle))
        .route("/p/{slug}/samples/{sample}/example", post(samples::set_example))
        .route("/p/{slug}/samples/archive", post(archive::put_away))
        .route("/p/{slug}/archived", get(archive::samples).post(archive::bring_back))
        .route("/p/{slug}/archive", get(archive::ask).post(archive::archive))
        .route("/p/{slug}/restore", post(archive::restore))
        .route("/p/{slug}/flags", get(flags::show))
        .route("/p/{slug}/flags/{id}", post(flags::answer))
        .route("/p/{slug}/doubts", get(doubts::show))
        .route("/p/{slug}/predictions", get(predictions::show))
        .route("/p/{slug}/coverage", get(coverage::show))
        .route("/p/{slug}/map", get(map::show).post(map::arrange))
        .route("/p/{slug}/map/points", get(map::points))
        .route("/p/{slug}/map/values", get(map::values))
        .route("/p/{slug}/record", get(record::show_project))
        .route("/p/{slug}/record.csv", get(record::project_csv))
        .route("/p/{slug}/webhooks", get(webhooks::show).post(webhooks::create))
        .route("/p/{slug}/webhooks/{id}/test", post(webhooks::test))
        .route("/p/{slug}/webhooks/{id}/pause", post(webhooks::pause))
        .route("/p/{slug}/webhooks/{id}/resume", post(webhooks::resume))
        .route("/p/{slug}/webhooks/{id}/remove", post(webhooks::remove))
        .route("/p/{slug}/rounds", get(rounds::show).post(rounds::train))
        .route("/p/{slug}/rounds/compare", get(compare::show))
        .route("/p/{slug}/rounds/lift", post(rounds::lift))
        .route("/p/{slug}/rounds/{number}/pin", post(rounds::pin))
        .route("/p/{slug}/rounds/{number}/unpin", post(rounds::unpin))
        .route("/p/{slug}/rounds/{number}/roll-back", post(rounds::roll_back))
        .route("/p/{slug}/export", get(export::show).post(export::create))
        .route("/p/{slug}/export/differences", get(export::differences))
        .route("/p/{slug}/model", post(model::make))
        .route("/p/{slug}/imports", get(imports::list))
        .route("/p/{slug}/imports/{id}", get(imports::show))
        .route("/p/{slug}/imports/{id}/cancel", post(imports::cancel))
        .route("/p/{slug}/imports/{id}/go-on", post(imports::go_on))
        .route("/p/{slug}/imports/{id}/undo", get(imports::ask_undo).post(imports::undo))
        .route("/p/{slug}/settings", get(settings::show).post(settings::save))
        .route("/p/{slug}/augmentation", get(augmentation::show).post(augmentation::save))
        .route("/p/{slug}/augmentation/{kind}/{sample}/{seed}", get(augmentation::example))
        .route("/p/{slug}/classes", get(classes::show).post(settings::add_class))
        .route("/p/{slug}/classes/{id}", post(classes::save))
        .route("/p/{slug}/classes/{id}/step", post(classes::step))
        .route("/p/{slug}/classes/{id}/restore", post(classes::restore))
        .route("/p/{slug}/classes/{id}/delete", post(classes::delete))
        .route("/p/{slug}/classes/{id}/merge", get(classes::ask_merge).post(classes::merge))
        .route("/p/{slug}/classes/{id}/part", get(classes::ask_part).post(classes::part))
        .route("/p/{slug}/classes/acts/{id}/undo", post(classes::undo))
        .route("/p/{slug}/classes/{id}/rename", post(settings::rename_class))
        .route("/p/{slug}/classes/{id}/retire", get(settings::ask_retire).post(settings::retire_class))
        .route("/p/{slug}/encoder", post(encoders::choose))
        .route("/p/{slug}/encoder/relearn", post(encoders::relearn))
        .route("/p/{slug}/encoders", get(encoders::show))
        .route("/p/{slug}/encoders/{id}/remove", post(encoders::remove))
        .route("/p/{slug}/encoders/trials/{job}", get(encoders::show_trial))
        .route("/p/{slug}/encoders/trials/{job}/adopt", post(encoders::adopt))
        .route("/p/{slug}/encoders/trials/{job}/discard", post(encoders::discard))
        .route("/media/{slug}/{sample}", get(media::show))
        .route("/media/{slug}/{sample}/thumb", get(media::thumb))
        .route("/media/{slug}/{sample}/fit", get(media::fit))
        .route("/media/{slug}/{sample}/tiles/{level}/{column}/{row}", get(media::tile))
        .route("/static/{*name}", get(assets::show))
}

/// Routes for programs only. The addresses of the JSON API are at its handlers, which [`api::routes`] lists.
fn api() -> Router<App> {
    Router::from(api::routes())
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
        .route("/api/v1/openapi.json", get(api::openapi::show))
}

/// Routes that stream large bodies or wait, and may take longer: each sets its own limits.
fn slow() -> Router<App> {
    let large = || {
        ServiceBuilder::new()
            .layer(RequestBodyTimeoutLayer::new(SILENCE))
            .layer(MapRequestBodyLayer::new(Body::new))
            .layer(DefaultBodyLimit::max(UPLOAD_LIMIT))
    };
    Router::from(api::slow_routes().merge(api::large_routes().layer(large())))
        .route("/p/{slug}/import", post(settings::import).layer(large()))
        .route("/p/{slug}/encoders/trials", post(encoders::try_out).layer(large()))
        .route("/p/{slug}/model.onnx", get(model::download))
}

/// Answer requests on `listener` until `shutdown`, then finish the pending ones.
pub async fn serve(app: App, listener: TcpListener, shutdown: CancellationToken) -> std::io::Result<()> {
    serve_behind(app, Doors::default(), listener, shutdown).await
}

/// As [`serve`], behind the proxies and under the address in `doors`.
pub async fn serve_behind(
    app: App,
    doors: Doors,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    listening::serve(router_behind(app, doors), listener, handles::connections(), shutdown).await
}

async fn nothing_here() -> WebError {
    WebError::not_found("there is nothing at this address").hint("Check the address.").link("error-your-projects", "/")
}

/// The route, not the path: a sign-in link's path is a secret.
fn span(request: &Request) -> Span {
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok());
    tracing::info_span!("request", method = %request.method(), route, id)
}

fn finished(response: &Response, took: Duration, _: &Span) {
    tracing::info!(status = response.status().as_u16(), duration_ms = took.as_secs_f64() * 1e3, "answered");
}

/// Whether a response is always sent whole. One that can be sent in parts must have the same bytes each time.
fn is_whole(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    !headers.contains_key(ACCEPT_RANGES)
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    // The panic hook has printed where and why.
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

fn cross_site(_: ProtectionError) -> Response {
    WebError::new(StatusCode::FORBIDDEN, "cross_site", "this request came from another site")
        .hint("Reload the page and try again. Behind a proxy, check that it passes the Host header on unchanged.")
        .into_response()
}

async fn headers(request: Request, next: Next) -> Response {
    // Requests from a link's page would name the link as referrer, and proxies log that.
    let is_secret = request.uri().path().starts_with("/link/");
    let posted = request.method() == Method::POST;
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(CONTENT_SECURITY_POLICY, POLICY);
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(REFERRER_POLICY, if is_secret { "strict-origin" } else { "same-origin" });
    if headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html")) {
        if posted {
            // A form's own response, not the page that it led to, which may have the same address: see
            // `static/forms.js`.
            headers.insert(FORM_ANSWER, HeaderValue::from_static("yes"));
        }
        headers.append(VARY, HeaderValue::from_static("hx-request-type"));
        headers.append(VARY, HeaderValue::from_static("hx-target"));
        headers.entry("cache-control").or_insert(HeaderValue::from_static("no-store"));
    }
    response
}

/// A template as an HTML answer.
///
/// # Errors
/// 500 when the template fails, which only a broken filter can do.
pub fn page(view: &impl askama::Template) -> Result<Response, WebError> {
    Ok(axum::response::Html(view.render()?).into_response())
}
