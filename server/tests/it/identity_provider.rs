//! A place to sign in, on a port of its own: an OpenID Connect issuer and a GitHub in one, which
//! agrees to everybody, and lies when it is told to.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, mpsc},
    thread,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer, Responder,
    dev::ServerHandle,
    get,
    http::header::{AUTHORIZATION, LOCATION},
    post,
    web::{Data, Form, Query},
};
use actors::clock::{Clock, SystemClock};
use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header, encode,
    jwk::{Jwk, JwkSet},
};
use rsa::{RsaPrivateKey, pkcs1::EncodeRsaPrivateKey, rand_core::OsRng};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use url::Url;

/// The one client there is. Its password has what must be encoded in a header.
pub(crate) const CLIENT_ID: &str = "gala";
pub(crate) const CLIENT_SECRET: &str = "pass+word: 100%";
/// Who signs in.
pub(crate) const SUBJECT: &str = "4711";
/// The number of the same person in the part that plays GitHub.
pub(crate) const GITHUB_ID: u64 = 42;
/// Seconds an ID token is good.
const ID_TOKEN_S: i64 = 300;
/// A P-256 key in PKCS #8, made for these tests.
const EC_KEY: &str = "\
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgIX8WnGmnL5TLzUXES0DDAERAPLdcilF2z7SrYnuFniWhRANCAAQg6iggPa2+xKJl\
    BZba3rGs76yoncd21jlOzWquowuP4QoMVOlrSuLX/P3+8bAUjyRiDf46SOoYxLkaGPbiuY9d";
/// Two RSA keys; making them takes long.
static RSA_KEYS: LazyLock<[EncodingKey; 2]> = LazyLock::new(|| {
    [(); 2].map(|()| {
        let key = RsaPrivateKey::new(&mut OsRng, 2048).unwrap();
        EncodingKey::from_rsa_der(key.to_pkcs1_der().unwrap().as_bytes())
    })
});

/// What the provider does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lie {
    /// The ID token is for another sign-in.
    Nonce,
    /// It is for another client.
    Audience,
    /// It is for this client among others, and does not say which of them it was given to.
    SeveralAudiences,
    /// It was given to another client.
    AuthorizedParty,
    /// It says that another issuer has made it.
    Issuer,
    /// It has expired.
    Expired,
    /// It was made tomorrow.
    NotYet,
    /// It is signed with a key that is not published.
    UnknownKey,
    /// It is signed with another key than it says.
    OtherKey,
    /// It is not signed (`alg: none`).
    Unsigned,
    /// It is signed with HS256 and the public key.
    Confused,
    /// There is none.
    NoIdToken,
    /// The address is not verified.
    UnverifiedEmail,
    /// The userinfo endpoint speaks of somebody else.
    OtherPerson,
    /// The description is another issuer's.
    OtherDescription,
    /// The token endpoint refuses the code.
    Refusal,
    /// The person refuses.
    Denial,
    /// The token endpoint sends to another place.
    Redirect,
    /// The key set has no end.
    Endless,
}

/// A provider that runs; it stops when this is dropped.
pub(crate) struct IdentityProvider {
    /// Its issuer, and the base URL of the part that plays GitHub.
    pub(crate) url: String,
    state: Arc<State>,
    server: ServerHandle,
}

struct State {
    url: String,
    behaviour: Mutex<Behaviour>,
    /// What was asked for with each code.
    codes: Mutex<HashMap<String, HashMap<String, String>>>,
}

#[derive(Clone)]
struct Behaviour {
    lie: Option<Lie>,
    /// Which key signs: one of the RSA keys, or the one for ES256.
    key: Key,
    email: String,
    /// Whether the address is told by the userinfo endpoint only.
    is_email_elsewhere: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Rsa(usize),
    Ec,
}

impl IdentityProvider {
    pub(crate) fn start() -> Self {
        let (started, starting) = mpsc::channel();
        thread::spawn(move || actix_web::rt::System::new().block_on(serve(started)));
        starting.recv().unwrap()
    }

    /// Lies from now on.
    pub(crate) fn lie(&self, lie: Lie) {
        self.change(|behaviour| behaviour.lie = Some(lie));
    }

    /// The address of whoever signs in from now on.
    pub(crate) fn set_email(&self, email: &str) {
        self.change(|behaviour| email.clone_into(&mut behaviour.email));
    }

    /// Tells the address at the userinfo endpoint, and no longer in the ID token.
    pub(crate) fn tell_email_elsewhere(&self) {
        self.change(|behaviour| behaviour.is_email_elsewhere = true);
    }

    /// Signs with another key, and publishes only that one.
    pub(crate) fn rotate_keys(&self) {
        self.change(|behaviour| behaviour.key = Key::Rsa(1));
    }

    /// Signs with ES256.
    pub(crate) fn sign_with_es256(&self) {
        self.change(|behaviour| behaviour.key = Key::Ec);
    }

    fn change(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.state.behaviour.lock().unwrap());
    }
}

impl Drop for IdentityProvider {
    fn drop(&mut self) {
        // The command is on its way; the answer comes once the server is gone.
        drop(self.server.stop(false));
    }
}

async fn serve(started: mpsc::Sender<IdentityProvider>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
    let behaviour =
        Behaviour { lie: None, key: Key::Rsa(0), email: "ada@example.org".to_owned(), is_email_elsewhere: false };
    let state =
        Arc::new(State { url: url.clone(), behaviour: Mutex::new(behaviour), codes: Mutex::new(HashMap::new()) });
    let data = Data::from(Arc::clone(&state));
    let app = move || {
        App::new()
            .app_data(data.clone())
            .service(description)
            .service(keys)
            .service(authorize)
            .service(authorize_github)
            .service(token)
            .service(token_of_github)
            .service(userinfo)
            .service(github_user)
            .service(github_emails)
    };
    let server = HttpServer::new(app).workers(1).disable_signals().listen(listener).unwrap().run();
    started.send(IdentityProvider { url, state, server: server.handle() }).unwrap();
    server.await.unwrap();
}

#[get("/.well-known/openid-configuration")]
async fn description(state: Data<State>) -> impl Responder {
    let url = &state.url;
    let issuer = if state.lies(Lie::OtherDescription) { "https://accounts.google.com" } else { url };
    HttpResponse::Ok().json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "userinfo_endpoint": format!("{url}/userinfo"),
        "jwks_uri": format!("{url}/keys"),
    }))
}

#[get("/keys")]
async fn keys(state: Data<State>) -> impl Responder {
    if state.lies(Lie::Endless) {
        return HttpResponse::Ok().body(vec![b' '; 1024 * 1024]);
    }
    let behaviour = state.behaviour();
    let (algorithm, key, kid) = behaviour.signing();
    let mut jwk = Jwk::from_encoding_key(&key, algorithm).unwrap();
    jwk.common.key_id = Some(kid);
    HttpResponse::Ok().json(JwkSet { keys: vec![jwk] })
}

#[get("/authorize")]
async fn authorize(state: Data<State>, asked: Query<HashMap<String, String>>) -> impl Responder {
    state.agree(asked.into_inner())
}

#[get("/login/oauth/authorize")]
async fn authorize_github(state: Data<State>, asked: Query<HashMap<String, String>>) -> impl Responder {
    state.agree(asked.into_inner())
}

#[post("/token")]
async fn token(state: Data<State>, request: HttpRequest, form: Form<HashMap<String, String>>) -> impl Responder {
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let login = BASE64_STANDARD.encode(format!("{}:{}", encoded(CLIENT_ID), encoded(CLIENT_SECRET)));
    if request.headers().get(AUTHORIZATION).is_none_or(|value| value != format!("Basic {login}").as_str()) {
        return HttpResponse::Unauthorized().json(json!({ "error": "invalid_client" }));
    }
    if state.lies(Lie::Redirect) {
        return HttpResponse::TemporaryRedirect()
            .insert_header((LOCATION, format!("{}/elsewhere", state.url)))
            .finish();
    }
    match state.redeem(&form) {
        None => HttpResponse::BadRequest().json(json!({ "error": "invalid_grant" })),
        Some(_) if state.lies(Lie::NoIdToken) => HttpResponse::Ok().json(json!({ "access_token": "open sesame" })),
        Some(asked) => {
            let id_token = state.behaviour().id_token(&state.url, &asked);
            HttpResponse::Ok()
                .json(json!({ "access_token": "open sesame", "token_type": "Bearer", "id_token": id_token }))
        }
    }
}

/// GitHub takes the password in the form, and refuses with status 200.
#[post("/login/oauth/access_token")]
async fn token_of_github(state: Data<State>, form: Form<HashMap<String, String>>) -> impl Responder {
    let knows = |name: &str, value: &str| form.get(name).is_some_and(|said| said == value);
    if !knows("client_id", CLIENT_ID) || !knows("client_secret", CLIENT_SECRET) {
        return HttpResponse::Ok().json(json!({ "error": "incorrect_client_credentials" }));
    }
    match state.redeem(&form) {
        None => HttpResponse::Ok().json(json!({ "error": "bad_verification_code" })),
        Some(_) => HttpResponse::Ok().json(json!({ "access_token": "open sesame", "token_type": "bearer" })),
    }
}

#[get("/userinfo")]
async fn userinfo(state: Data<State>, request: HttpRequest) -> impl Responder {
    if !is_open(&request) {
        return HttpResponse::Unauthorized().finish();
    }
    let subject = if state.lies(Lie::OtherPerson) { "4712" } else { SUBJECT };
    let mut person = state.behaviour().person();
    person["sub"] = json!(subject);
    HttpResponse::Ok().json(person)
}

#[get("/api/v3/user")]
async fn github_user(request: HttpRequest) -> impl Responder {
    if !is_open(&request) {
        return HttpResponse::Unauthorized().finish();
    }
    HttpResponse::Ok().json(json!({ "id": GITHUB_ID, "login": "ada", "name": null }))
}

#[get("/api/v3/user/emails")]
async fn github_emails(state: Data<State>, request: HttpRequest) -> impl Responder {
    if !is_open(&request) {
        return HttpResponse::Unauthorized().finish();
    }
    let is_verified = !state.lies(Lie::UnverifiedEmail);
    HttpResponse::Ok().json(json!([
        { "email": "other@example.org", "primary": false, "verified": true, "visibility": null },
        { "email": state.behaviour().email, "primary": true, "verified": is_verified, "visibility": "private" },
    ]))
}

fn is_open(request: &HttpRequest) -> bool {
    request.headers().get(AUTHORIZATION).is_some_and(|value| value == "Bearer open sesame")
}

impl State {
    fn behaviour(&self) -> Behaviour {
        self.behaviour.lock().unwrap().clone()
    }

    fn lies(&self, lie: Lie) -> bool {
        self.behaviour().lie == Some(lie)
    }

    /// Sends the browser back with a code, or with a refusal.
    fn agree(&self, asked: HashMap<String, String>) -> HttpResponse {
        let well_formed = asked["response_type"] == "code"
            && asked["client_id"] == CLIENT_ID
            && asked["code_challenge_method"] == "S256"
            && !asked["state"].is_empty();
        if !well_formed {
            return HttpResponse::BadRequest().finish();
        }
        let mut back = Url::parse(&asked["redirect_uri"]).unwrap();
        back.query_pairs_mut().append_pair("state", &asked["state"]);
        if self.lies(Lie::Denial) {
            back.query_pairs_mut().append_pair("error", "access_denied");
        } else {
            let mut codes = self.codes.lock().unwrap();
            let code = format!("code-{}", codes.len());
            back.query_pairs_mut().append_pair("code", &code);
            codes.insert(code, asked);
        }
        HttpResponse::Found().insert_header((LOCATION, back.as_str())).finish()
    }

    /// What was asked for with the code, once, if whoever redeems it has asked.
    fn redeem(&self, form: &HashMap<String, String>) -> Option<HashMap<String, String>> {
        let asked = self.codes.lock().unwrap().remove(&form["code"])?;
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"]));
        let is_theirs = form["grant_type"] == "authorization_code"
            && form["redirect_uri"] == asked["redirect_uri"]
            && challenge == asked["code_challenge"]
            && !self.lies(Lie::Refusal);
        is_theirs.then_some(asked)
    }
}

impl Behaviour {
    fn signing(&self) -> (Algorithm, EncodingKey, String) {
        match self.key {
            Key::Rsa(index) => (Algorithm::RS256, RSA_KEYS[index].clone(), format!("rsa-{index}")),
            Key::Ec => {
                (Algorithm::ES256, EncodingKey::from_ec_der(&BASE64_STANDARD.decode(EC_KEY).unwrap()), "ec".to_owned())
            }
        }
    }

    fn person(&self) -> Value {
        let is_verified = self.lie != Some(Lie::UnverifiedEmail);
        json!({ "sub": SUBJECT, "name": "Ada", "email": self.email, "email_verified": is_verified })
    }

    fn claims(&self, issuer: &str, asked: &HashMap<String, String>) -> Value {
        let now = SystemClock.now().as_micros() / 1_000_000;
        let mut claims = if self.is_email_elsewhere { json!({ "sub": SUBJECT }) } else { self.person() };
        claims["iss"] = json!(issuer);
        claims["aud"] = json!(CLIENT_ID);
        claims["nonce"] = json!(asked["nonce"]);
        claims["iat"] = json!(now);
        claims["exp"] = json!(now + ID_TOKEN_S);
        match self.lie {
            Some(Lie::Nonce) => claims["nonce"] = json!("another"),
            Some(Lie::Audience) => claims["aud"] = json!("another"),
            Some(Lie::SeveralAudiences) => claims["aud"] = json!([CLIENT_ID, "another"]),
            Some(Lie::AuthorizedParty) => claims["azp"] = json!("another"),
            Some(Lie::Issuer) => claims["iss"] = json!("https://accounts.google.com"),
            Some(Lie::Expired) => claims["exp"] = json!(now - ID_TOKEN_S),
            Some(Lie::NotYet) => claims["iat"] = json!(now + 24 * 60 * 60),
            _ => {}
        }
        claims
    }

    fn id_token(&self, issuer: &str, asked: &HashMap<String, String>) -> String {
        let claims = self.claims(issuer, asked);
        let (algorithm, key, kid) = self.signing();
        let sign = |algorithm, key: &EncodingKey, kid: &str| {
            encode(&Header { kid: Some(kid.to_owned()), ..Header::new(algorithm) }, &claims, key).unwrap()
        };
        match self.lie {
            Some(Lie::UnknownKey) => sign(algorithm, &key, "unknown"),
            Some(Lie::OtherKey) => sign(algorithm, &RSA_KEYS[1], &kid),
            Some(Lie::Confused) => {
                let jwk = serde_json::to_value(Jwk::from_encoding_key(&key, algorithm).unwrap()).unwrap();
                sign(Algorithm::HS256, &EncodingKey::from_secret(jwk["n"].as_str().unwrap().as_bytes()), &kid)
            }
            Some(Lie::Unsigned) => {
                let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
                format!("{}.{}.", part(&json!({ "alg": "none", "kid": kid })), part(&claims))
            }
            _ => sign(algorithm, &key, &kid),
        }
    }
}
