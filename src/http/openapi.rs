//! The OpenAPI 3.1 document, made from the table of endpoints.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ComponentsBuilder, Content, ContentBuilder, HttpMethod, InfoBuilder, KnownFormat, LicenseBuilder,
        OpenApi, OpenApiBuilder, PathItem, PathsBuilder, Ref, RefOr, Required, ResponseBuilder, SchemaFormat,
        extensions::ExtensionsBuilder,
        path::{OperationBuilder, ParameterBuilder, ParameterIn},
        request_body::RequestBodyBuilder,
        schema::{ObjectBuilder, Schema, Type},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use super::{
    endpoint::{Access, Endpoint},
    session::COOKIE,
};
use crate::{error::Problem, kernel::page::MAX_LIMIT};

/// The document of these endpoints, the same bytes at every start: the library keeps extensions in a hash map, so every
/// object is put in the order of its names.
///
/// Two schemas under one name are an error: one of them would be documented as the other.
pub fn document(endpoints: &[Endpoint]) -> Result<Value, serde_json::Error> {
    refuse_ambiguous_names(endpoints)?;
    serde_json::to_value(assemble(endpoints)).map(in_order)
}

fn refuse_ambiguous_names(endpoints: &[Endpoint]) -> Result<(), serde_json::Error> {
    let mut known: HashMap<&str, &RefOr<Schema>> = HashMap::new();
    let bodies = endpoints.iter().flat_map(|endpoint| endpoint.request.iter().chain(&endpoint.response));
    let mut twice: BTreeSet<&str> = BTreeSet::new();
    for (name, schema) in bodies.flat_map(|body| &body.all) {
        if *known.entry(name).or_insert(schema) != schema {
            twice.insert(name);
        }
    }
    if twice.is_empty() {
        return Ok(());
    }
    Err(serde::ser::Error::custom(format!("these names stand for two schemas each: {twice:?}")))
}

fn in_order(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let sorted: BTreeMap<String, Value> =
                fields.into_iter().map(|(name, value)| (name, in_order(value))).collect();
            Value::Object(sorted.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(in_order).collect()),
        other => other,
    }
}

fn assemble(endpoints: &[Endpoint]) -> OpenApi {
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    let mut problem_parts = Vec::new();
    Problem::schemas(&mut problem_parts);
    let mut components = ComponentsBuilder::new()
        .security_scheme("bearer", SecurityScheme::Http(bearer))
        .security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(COOKIE))))
        .schema(Problem::name(), Problem::schema())
        .schemas_from_iter(problem_parts);
    let mut paths = PathsBuilder::new();
    for endpoint in endpoints {
        for schema in endpoint.request.iter().chain(&endpoint.response) {
            components = components.schemas_from_iter(schema.all.clone());
        }
        paths = paths.path(endpoint.path, path_item(endpoint));
    }
    let info = InfoBuilder::new()
        .title("益创 yichuang")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "公益创投资助管理 REST API。 Runs the grant rounds of a public-benefit venture fund.",
        ))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    OpenApiBuilder::new().info(info).paths(paths.build()).components(Some(components.build())).build()
}

fn path_item(endpoint: &Endpoint) -> PathItem {
    PathItem::new(http_method(endpoint), operation(endpoint))
}

fn http_method(endpoint: &Endpoint) -> HttpMethod {
    match endpoint.method.as_str() {
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "PATCH" => HttpMethod::Patch,
        "DELETE" => HttpMethod::Delete,
        _ => HttpMethod::Get,
    }
}

fn operation(endpoint: &Endpoint) -> OperationBuilder {
    let mut operation = OperationBuilder::new()
        .operation_id(Some(endpoint.name()))
        .summary(Some(endpoint.summary))
        .tag(tag(endpoint))
        .extensions(Some(extensions(endpoint)));
    for name in path_parameters(endpoint.path) {
        let text = ObjectBuilder::new().schema_type(Type::String);
        let schema = if name.ends_with("_id") {
            text.format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
        } else {
            text
        };
        operation = operation.parameter(
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Path)
                .required(Required::True)
                .schema(Some(schema)),
        );
    }
    for (name, place, required) in other_parameters(endpoint) {
        operation = operation.parameter(
            ParameterBuilder::new()
                .name(name)
                .parameter_in(place)
                .required(if required { Required::True } else { Required::False })
                .schema(Some(parameter_schema(name))),
        );
    }
    if let Some(schema) = &endpoint.request {
        let content = ContentBuilder::new().schema(Some(reference(&schema.name))).build();
        let body =
            RequestBodyBuilder::new().content(endpoint.request_media, content).required(Some(Required::True));
        operation = operation.request_body(Some(body.build()));
    }
    if !endpoint.takes.is_empty() {
        let body = endpoint
            .takes
            .iter()
            .fold(RequestBodyBuilder::new(), |body, media| body.content(*media, file_content()))
            .required(Some(Required::True));
        operation = operation.request_body(Some(body.build()));
    }
    if !matches!(endpoint.access, Access::Public) {
        operation = operation
            .security(SecurityRequirement::new("bearer", std::iter::empty::<String>()))
            .security(SecurityRequirement::new("cookie", std::iter::empty::<String>()));
    }
    let mut success = ResponseBuilder::new().description("成功 / done");
    if let Some(schema) = &endpoint.response {
        let content = ContentBuilder::new().schema(Some(reference(&schema.name))).build();
        success = success.content("application/json", content);
    } else if endpoint.media != "application/json" {
        let text = ObjectBuilder::new().schema_type(Type::String);
        success = success.content(endpoint.media, ContentBuilder::new().schema(Some(text)).build());
    }
    for media in &endpoint.also_media {
        success = success.content(*media, file_content());
    }
    operation = operation.response(endpoint.status.to_string(), success);
    for (status, text) in failures(endpoint) {
        let content = ContentBuilder::new().schema(Some(reference(&Problem::name()))).build();
        let response = ResponseBuilder::new().description(text).content("application/problem+json", content);
        operation = operation.response(status.to_string(), response);
    }
    operation
}

/// What a value of a query or a header looks like.
fn parameter_schema(name: &str) -> ObjectBuilder {
    let text = ObjectBuilder::new().schema_type(Type::String);
    match name {
        "limit" => ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(MAX_LIMIT)),
        "If-Match" => text.pattern(Some(r#"^"?[0-9]{1,9}"?$"#)),
        "Idempotency-Key" => text.pattern(Some("^[!-~]{1,255}$")),
        _ => text,
    }
}

/// A file: any bytes.
fn file_content() -> Content {
    let bytes = ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)));
    ContentBuilder::new().schema(Some(bytes)).build()
}

fn reference(name: &str) -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name(name))
}

fn tag(endpoint: &Endpoint) -> &str {
    endpoint.operation.split("::").nth(1).unwrap_or_default()
}

fn path_parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|rest| rest.split('}').next())
}

fn other_parameters(endpoint: &Endpoint) -> Vec<(&'static str, ParameterIn, bool)> {
    let mut parameters = Vec::new();
    if endpoint.is_list() {
        parameters.push(("limit", ParameterIn::Query, false));
        parameters.push(("cursor", ParameterIn::Query, false));
    }
    parameters
        .extend(endpoint.filters.iter().filter(|f| **f != "cursor").map(|f| (*f, ParameterIn::Query, false)));
    parameters.extend(endpoint.questions.iter().map(|name| (*name, ParameterIn::Query, false)));
    if endpoint.versioned || endpoint.replaces {
        parameters.push(("If-Match", ParameterIn::Header, endpoint.versioned));
    }
    if endpoint.method == actix_web::http::Method::POST && !matches!(endpoint.access, Access::Public) {
        parameters.push(("Idempotency-Key", ParameterIn::Header, endpoint.keyed));
    }
    parameters
}

fn extensions(endpoint: &Endpoint) -> utoipa::openapi::extensions::Extensions {
    let roles = match endpoint.access {
        Access::Public => json!(["public"]),
        Access::SignedIn => json!(["signed_in"]),
        Access::Roles(roles) => json!(roles),
    };
    let mut extensions =
        ExtensionsBuilder::new().add("x-roles", roles).add("x-ownership", json!(endpoint.whose));
    if endpoint.gate.person_only {
        extensions = extensions.add("x-person-only", json!(true));
    }
    if endpoint.gate.polls {
        extensions = extensions.add("x-polls", json!(true));
    }
    if !endpoint.gate.stages.is_empty() {
        extensions = extensions.add("x-half-sessions", json!(endpoint.gate.stages));
    }
    if endpoint.not_when_tied {
        extensions = extensions.add("x-not-when-tied", json!(true));
    }
    if !endpoint.states.is_empty() {
        extensions = extensions.add("x-states", json!(endpoint.states));
    }
    extensions.build()
}

const NO_FILE: &str = "不是文件表单 / not multipart/form-data";

/// Every status a request can be refused with here.
fn failures(endpoint: &Endpoint) -> Vec<(u16, &'static str)> {
    let mut all = vec![(400, "读不懂 / unreadable"), (404, "没有或无权查看 / not there, or not for you")];
    if !matches!(endpoint.access, Access::Public) || endpoint.path.contains("/sessions") {
        all.push((401, "未登录 / not signed in"));
    }
    // Whoever looks through somebody else's eyes does nothing, whatever roles that person holds.
    if !matches!(endpoint.access, Access::Public) {
        all.push((403, "角色不符 / not your role"));
    } else if endpoint.method != actix_web::http::Method::GET {
        all.push((403, "请求来自其他网站 / sent by another site"));
    }
    if endpoint.method != actix_web::http::Method::GET {
        all.push((409, "状态不允许 / the state forbids it"));
        all.push((413, "过大 / too large"));
        all.push((
            415,
            if endpoint.request_media == "application/json" && endpoint.takes.is_empty() {
                "不是 JSON / not JSON"
            } else {
                NO_FILE
            },
        ));
        all.push((422, "内容有误 / breaks a rule"));
    }
    all.extend(endpoint.also);
    if endpoint.versioned || endpoint.replaces {
        all.push((412, "已被更新 / stale"));
        all.push((428, "缺 If-Match / say which version"));
    }
    if endpoint.limited || endpoint.costly || endpoint.opens_a_record() {
        all.push((429, "过于频繁 / too often"));
    }
    all.push((500, "系统出错 / our fault"));
    all.push((503, "系统繁忙 / busy"));
    all.sort_unstable_by_key(|(status, _)| *status);
    all
}
