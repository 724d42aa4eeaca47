//! Personal data in columns: sealed on the way in, opened on the way out (see [`crate::vault`]). What a [`Private`]
//! value shows of itself is its masked form, unless it was disclosed to those whose it is.

use std::{fmt, marker::PhantomData};

use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, Queryable},
    expression::AsExpression,
    sql_types::{Nullable, Text},
};
use serde::{Serialize, Serializer, de::DeserializeOwned};

use crate::{
    kernel::masked::{self, Kind},
    vault::{self, Envelope, VaultError},
};

/// A column with personal data.
pub trait Place {
    /// `table.column`.
    const PLACE: &'static str;
    /// What stands in it.
    const KIND: Kind;
}

/// A column with personal data as `keys reseal` and `verify` see it.
#[derive(Clone, Copy, Debug)]
pub struct SealedColumn {
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// `table.column`.
    pub place: &'static str,
    /// What names a row.
    pub key: &'static [&'static str],
    /// True where equal values must be found: there is a blind index.
    pub indexed: bool,
}

macro_rules! places {
    ($($(#[$doc:meta])* $name:ident = $table:literal . $column:literal [$($key:literal),+] $kind:ident $indexed:literal;)+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub enum $name {}

            impl Place for $name {
                const PLACE: &'static str = concat!($table, ".", $column);
                const KIND: Kind = Kind::$kind;
            }
        )+

        /// Every column with personal data.
        pub const SEALED_COLUMNS: &[SealedColumn] = &[$(
            SealedColumn {
                table: $table,
                column: $column,
                place: <$name as Place>::PLACE,
                key: &[$($key),+],
                indexed: $indexed,
            }
        ),+];
    };
}

places! {
    /// 账号手机.
    UserPhone = "users"."phone" ["id"] Phone true;
    /// 账号邮箱.
    UserEmail = "users"."email" ["id"] Email true;
    /// The number a one-time code was sent to.
    CodePhone = "sign_in_codes"."phone" ["id"] Phone true;
    /// The number of somebody invited.
    InvitationPhone = "invitations"."phone" ["id"] Phone true;
    /// The address of somebody invited.
    InvitationEmail = "invitations"."email" ["id"] Email false;
    /// 负责人电话.
    HeadPhone = "organizations"."head_phone" ["id"] Phone true;
    /// 联系电话.
    ContactPhone = "organizations"."contact_phone" ["id"] Phone true;
    /// 户名.
    AccountName = "payee_accounts"."account_name" ["id"] Words false;
    /// 账号.
    AccountNumber = "payee_accounts"."account_number" ["id"] Account true;
    /// 项目负责人手机.
    LeadPhone = "applications"."lead_phone" ["id"] Phone true;
    /// What an applicant answered.
    ApplicationAnswers = "applications"."answers" ["id"] Words false;
    /// What an applicant changed.
    RevisionChanges = "application_revisions"."changes" ["application_id", "number"] Words false;
    /// What was handed in.
    ReceiptContent = "receipts"."content" ["application_id", "number"] Words false;
    /// The number of somebody debarred.
    DebarredPhone = "debarments"."person_phone" ["id"] Phone false;
    /// To whom a letter goes.
    MailRecipient = "outbox"."recipient" ["id"] Words false;
    /// What a letter is about.
    MailSubject = "outbox"."subject" ["id"] Words false;
    /// What a letter says.
    MailBody = "outbox"."body" ["id"] Words false;
    /// What a notice is about.
    NoticeSubject = "notifications"."subject" ["id"] Words false;
    /// What a notice says.
    NoticeBody = "notifications"."body" ["id"] Words false;
    /// An answer that is remembered.
    RememberedBody = "idempotency_records"."body" ["actor", "key"] Words false;
    /// A sheet that is imported.
    ImportedSheet = "import_contents"."sheet" ["import_id"] Words false;
    /// Its first rows.
    ImportPreview = "import_contents"."preview" ["import_id"] Words false;
    /// What is wrong with a cell, which it may quote.
    ImportFaultParams = "import_faults"."params" ["import_id", "position"] Words false;
    /// The key under which a programme's identity numbers are digested: with it they could be guessed.
    IdentityKey = "identity_keys"."key" ["programme_id"] Words false;
}

/// The name of a row in an envelope: what its key consists of.
#[must_use]
pub fn row_name(key: &[&str]) -> String {
    key.join("/").replace('%', "%25").replace('.', "%2E")
}

/// A personal value of the column `C`. In the program it is the plain text; in the database it is sealed; in JSON and in
/// the log it is masked.
pub struct Private<C> {
    row: String,
    text: String,
    disclosed: bool,
    place: PhantomData<fn() -> C>,
}

impl<C: Place> Private<C> {
    /// The value of a row.
    #[must_use]
    pub fn of(row: impl fmt::Display, text: impl Into<String>) -> Self {
        Self { row: row_name(&[&row.to_string()]), text: text.into(), disclosed: false, place: PhantomData }
    }

    /// The value of a row with a key of two parts.
    #[must_use]
    pub fn of_part(row: impl fmt::Display, part: impl fmt::Display, text: impl Into<String>) -> Self {
        let row = row_name(&[&row.to_string(), &part.to_string()]);
        Self { row, text: text.into(), disclosed: false, place: PhantomData }
    }

    /// The plain text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The masked form.
    #[must_use]
    pub fn masked(&self) -> String {
        masked::masked(C::KIND, &self.text)
    }

    /// The same for those whose it is: JSON shows it plain.
    #[must_use]
    pub fn disclosed(self) -> Self {
        Self { disclosed: true, ..self }
    }

    /// The name of the row it was sealed for; empty for what was stored before anything was sealed.
    #[must_use]
    pub fn row(&self) -> &str {
        &self.row
    }

    /// What is stored. What came from a row that is not sealed yet goes back as it came: `keys reseal` seals it.
    pub fn sealed(&self) -> Result<String, VaultError> {
        if self.row.is_empty() { Ok(self.text.clone()) } else { vault::seal(C::PLACE, &self.row, &self.text) }
    }

    /// The same where no error can be told: without keys nothing is stored at all.
    fn sealed_or_stop(&self) -> String {
        self.sealed().unwrap_or_else(|error| stop(&error))
    }

    fn opened(text: String) -> Result<Self, VaultError> {
        let (row, text) = open(C::PLACE, text)?;
        Ok(Self { row, text, disclosed: false, place: PhantomData })
    }
}

/// A value that cannot be sealed must not be stored. diesel asks for it where no error can be told: the panic ends the
/// closure alone, its transaction is rolled back and the answer is 500.
fn stop(error: &VaultError) -> ! {
    std::panic::panic_any(error.to_string())
}

/// Row and text of what is stored.
fn open(place: &str, stored: String) -> Result<(String, String), VaultError> {
    match Envelope::parse(&stored) {
        Some(envelope) => Ok((envelope.row.to_owned(), vault::open(place, &envelope)?)),
        None => Ok((String::new(), stored)),
    }
}

impl<C> Clone for Private<C> {
    fn clone(&self) -> Self {
        let Self { row, text, disclosed, place } = self;
        Self { row: row.clone(), text: text.clone(), disclosed: *disclosed, place: *place }
    }
}

impl<C> PartialEq for Private<C> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<C> Eq for Private<C> {}

impl<C: Place> fmt::Debug for Private<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(…)", C::PLACE)
    }
}

impl<C> std::ops::Deref for Private<C> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl<C: Place> Serialize for Private<C> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.disclosed {
            serializer.serialize_str(&self.text)
        } else {
            serializer.serialize_str(&self.masked())
        }
    }
}

/// A value that is kept as sealed JSON in the column `C`.
pub struct SealedJson<C, T>(pub T, String, PhantomData<fn() -> C>);

impl<C: Place, T: Serialize> SealedJson<C, T> {
    /// The value of a row.
    #[must_use]
    pub fn of(row: impl fmt::Display, value: T) -> Self {
        Self(value, row_name(&[&row.to_string()]), PhantomData)
    }

    /// The value of a row with a key of two parts.
    #[must_use]
    pub fn of_part(row: impl fmt::Display, part: impl fmt::Display, value: T) -> Self {
        Self(value, row_name(&[&row.to_string(), &part.to_string()]), PhantomData)
    }

    fn sealed_or_stop(&self) -> String {
        let text = serde_json::to_string(&self.0).unwrap_or_default();
        if self.1.is_empty() {
            return text;
        }
        vault::seal(C::PLACE, &self.1, &text).unwrap_or_else(|error| stop(&error))
    }
}

impl<C, T: Clone> Clone for SealedJson<C, T> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), self.1.clone(), PhantomData)
    }
}

impl<C: Place, T> fmt::Debug for SealedJson<C, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}(…)", C::PLACE)
    }
}

impl<C, T: Serialize> Serialize for SealedJson<C, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

macro_rules! expressions {
    ([$($generic:tt)*] $type:ty, $sql:ty) => {
        impl<$($generic)*> AsExpression<$sql> for $type {
            type Expression = <String as AsExpression<$sql>>::Expression;
            fn as_expression(self) -> Self::Expression {
                AsExpression::<$sql>::as_expression(self.sealed_or_stop())
            }
        }

        impl<$($generic)*> AsExpression<$sql> for &$type {
            type Expression = <String as AsExpression<$sql>>::Expression;
            fn as_expression(self) -> Self::Expression {
                AsExpression::<$sql>::as_expression(self.sealed_or_stop())
            }
        }
    };
}

expressions!([C: Place] Private<C>, Text);
expressions!([C: Place] Private<C>, Nullable<Text>);
expressions!([C: Place, T: Serialize] SealedJson<C, T>, Text);

impl<C: Place, DB: Backend> FromSql<Text, DB> for Private<C>
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self::opened(<String as FromSql<Text, DB>>::from_sql(bytes)?)?)
    }
}

impl<C: Place, DB: Backend> Queryable<Text, DB> for Private<C>
where
    Self: FromSql<Text, DB>,
{
    type Row = Self;
    fn build(row: Self) -> deserialize::Result<Self> {
        Ok(row)
    }
}

impl<C: Place, DB: Backend, T: DeserializeOwned> FromSql<Text, DB> for SealedJson<C, T>
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let (row, text) = open(C::PLACE, <String as FromSql<Text, DB>>::from_sql(bytes)?)?;
        let value = serde_json::from_str(&text).map_err(|error| {
            // The parser's own words may quote what is private.
            format!("{}: not readable at column {}", C::PLACE, error.column())
        })?;
        Ok(Self(value, row, PhantomData))
    }
}

impl<C: Place, DB: Backend, T> Queryable<Text, DB> for SealedJson<C, T>
where
    Self: FromSql<Text, DB>,
{
    type Row = Self;
    fn build(row: Self) -> deserialize::Result<Self> {
        Ok(row)
    }
}
