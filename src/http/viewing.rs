//! What a view-as session may ask for: it only reads, sees neither scores nor money, and each request is on record.

use actix_web::{HttpRequest, http::Method, web};
use serde_json::json;

use super::{
    AppState,
    actor::{Actor, Viewing},
};
use crate::{
    audit::{self, Deed},
    db::Lane,
    error::{Error, codes},
    kernel::time::Timestamp,
};

/// Puts the request on record, then refuses what is not to be seen or done through somebody else's eyes. The row is
/// there before the answer is: nothing is seen that is not on record.
pub(super) async fn look(
    request: &HttpRequest,
    app: &web::Data<AppState>,
    actor: &Actor,
    viewing: &Viewing,
    now: Timestamp,
) -> Result<(), Error> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let pattern = request.match_pattern().unwrap_or_default();
    let is_unseen = app.unseen.iter().any(|(method, path)| method == "GET" && *path == pattern);
    let refusal = match (reads, is_unseen) {
        (false, _) => Some(&codes::VIEW_READ_ONLY),
        (true, true) => Some(&codes::VIEW_CLOSED),
        (true, false) => None,
    };
    // Never the query: names are searched for in it.
    let path: String = request.path().chars().take(300).collect();
    let detail = json!({
        "as": actor.user_id,
        "method": request.method().as_str(),
        "path": path,
        "refused": refusal.map(|code| code.code),
    });
    let (viewer, id) = (viewing.viewer_id, viewing.id);
    app.db
        .write(Lane::Installation, move |conn| {
            let deed = Deed {
                actor: Some(viewer),
                role: None,
                action: "view_as.look",
                subject_kind: "viewing",
                subject_id: id.to_string(),
                before: None,
                after: None,
                detail: detail.clone(),
            };
            Ok(audit::record(conn, Lane::Installation, deed, now)?)
        })
        .await?;
    refusal.map_or(Ok(()), |code| Err(Error::new(code)))
}
