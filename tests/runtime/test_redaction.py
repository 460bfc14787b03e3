from __future__ import annotations

import io
import logging
import time
from collections.abc import Iterator

import pytest

from spark_smote.exceptions import shown
from spark_smote.runtime import redaction
from spark_smote.runtime.errors import brief
from spark_smote.runtime.redaction import RedactingFilter, redact, redact_section, remember

SECRET = "hUnter2/verySecret"
WORD = "hUnter2verySecret"
PEM = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqh\nkiG9w0BAQEFAASCB\n-----END PRIVATE KEY-----"

SECRET_TEXTS = [
    f"s3a://AKIAKEY:{SECRET}@bucket/in",
    f"s3a://AKIA:12/{SECRET}@b",
    f"s3a://AKIA:12@3/{SECRET}@b/x",
    f"'s3n://AKIA:it's{SECRET}@b'",
    f"gs://me:8020/{SECRET}@bucket",
    f"https://user:{SECRET}@host:8443/x?y=1",
    f"https://user:p@{SECRET}@host/x",
    f"https://{WORD}@host/x",
    f"https://{WORD}@host:8443/x",
    f"abfss://container:{SECRET}@account.dfs.core.windows.net/x",
    f"cannot open ftp://me:{SECRET}@host/a and hdfs://namenode:8020/b",
    f"hdfs://namenode:8020/b and sftp://me:{SECRET}@host/a",
    f"mongodb+srv://me:{SECRET}@cluster/db",
    f"redis://:{SECRET}@host:6379/0",
    f"jdbc:oracle:thin:scott/{SECRET}@host:1521:x",
    f"jdbc:oracle:thin:scott/{SECRET}@//host:1521/x",
    f"no driver for oracle:thin:scott/{SECRET}@host",
    f"jdbc:postgresql://host/db?user=me&password={SECRET}",
    f"jdbc:sqlserver://host;databaseName=x;user=me;password={SECRET};encrypt=true",
    f"jdbc:mysql://(host=h,user=me,pw={SECRET})/db",
    f"jdbc:mysql://me:{SECRET}@host/db",
    f'Cannot connect to "jdbc:db2://host:5000/x:user=me;pin={SECRET};"',
    f"https://host/x?sv=2024&sig={SECRET}&sp=r",
    f"https://host/x?code={SECRET}",
    f"https://maps.example/x?key={SECRET}&part=1",
    f"https://host/x?X-Amz-Signature={SECRET}",
    f"https://host/x?X-Amz-Credential={SECRET}",
    f"abfss://container@account.dfs.core.windows.net/x?sas={SECRET}",
    f"spark.hadoop.fs.s3a.secret.key={SECRET}",
    f"spark.hadoop.fs.s3a.access.key: {SECRET}",
    f"fs.s3a.encryption.key={SECRET}",
    f"fs.azure.account.key.me.dfs.core.windows.net = {SECRET}",
    f"es.net.http.auth.pass={SECRET}",
    f"es.net.http.auth.pass: {SECRET}",
    f"{{'password': '{SECRET}', 'url': 'x'}}",
    f'{{"client_secret": "{SECRET}"}}',
    f'{{"access_token":"{SECRET}","expires_in":3600}}',
    f"PlainLoginModule required username='me' password=\"{SECRET}\";",
    f"Authorization token={SECRET}; retry",
    f"header.Authorization=Bearer {SECRET}",
    f"Authorization: Basic {SECRET}==",
    f"x-api-key: {SECRET}",
    f"401 for Bearer {SECRET}",
    f"AWS_SESSION_TOKEN={SECRET}",
    f"password: {SECRET}",
    f"passphrase = '{SECRET}'",
    f"PEM -----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----",
    f"PEM -----BEGIN PRIVATE KEY----- {SECRET}",
]

INNOCENT_TEXTS = [
    "hdfs://namenode:8020/user/me/data",
    "hdfs://namenode:8020/user/me@home/data",
    "https://host:443/x@y",
    "abfss://container@account.dfs.core.windows.net/data",
    "s3a://bucket/key=1/part=2",
    "s3a://bucket/me@home/x",
    "Input '/data/me@home/x' does not exist; check its path.",
    "Column 'password' not found; columns: ['token', 'x'].",
    "design=3, signal: 4, disaster=5, monkey=6, pastoken_=",
    "12:30:01 [2/4] plan done: 3.1 s",
    "Class 'secret' has 3 rows; k=5 needs at least 6: lower k",
    "rows by class: {'secret': 50, 'open': 20}",
    "asks for {'token': '2.5x', 'pass': '50%'} rows",
    "pass: 30, fail: 1,200",
    "Column 'token': bin its values, or copy it by copyCols.",
    "rows hold 'password': 3 null; 'pwd': 1 NaN: fill or drop them before.",
    "names class 'passwordd', which the label column does not hold; classes: ['password', 'x']",
    "labelCol='secret' and idCol='token' go together",
    "Basic authentication failed for user me",
    "Bearer is no class",
    "a secret is kept = never",
]

SECRET_OPTIONS = [
    "password",
    "user",
    "url",
    "header.Authorization",
    "headers",
    "pem_private_key",
    "sfPassword",
    "sfUrl",
    "sfUser",
    "fs.s3a.secret.key",
    "fs.s3a.access.key",
    "fs.s3a.encryption.key",
    "fs.s3a.session.token",
    "fs.azure.account.key.me.dfs.core.windows.net",
    "fs.azure.sas.container.account",
    "fs.azure.account.oauth2.client.id",
    "es.net.http.auth.user",
    "es.net.http.auth.pass",
    "es.net.ssl.keystore.pass",
    "kafka.sasl.jaas.config",
    "kafka.ssl.key.password",
    "kafka.ssl.keystore.key",
    "kafka.ssl.truststore.certificates",
    "spark.mongodb.read.connection.uri",
    "connection.uri",
    "aws_iam_role",
    "temporary_aws_secret_access_key",
    "tempdir",
    "credentials",
    "credentialsFile",
    "gcpAccessToken",
    "parquet.encryption.key.list",
    "accountEndpoint",
    "accountKey",
    "sasToken",
    "sessionInitStatement",
    "pin",
    "x",
    "modes",
    "sep ",
]

LONG_UNITS = ["x", "x.", " ", "'", "://a", "s3a://a:", "s3a://a:b@", "jdbc:x:", "?a=b&", "access_"]
LONG_UNITS += ["secret", "secret=", "secret ='", 'a="', "Bearer ", "-----BEGIN PRIVATE KEY"]
LONG_UNITS += ["SQLSTATE: ", "Error"]


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    yield
    redaction._known.clear()


@pytest.mark.parametrize("text", SECRET_TEXTS)
def test_credentials_are_masked(text):
    shown = redact(text)
    assert SECRET not in shown
    assert "verySecret" not in shown
    assert "***" in shown


@pytest.mark.parametrize("text", INNOCENT_TEXTS)
def test_other_text_stays(text):
    assert redact(text) == text


@pytest.mark.parametrize("value", [SECRET, "pa ss;wo'rd", PEM, "Tr0u"])
@pytest.mark.parametrize("name", SECRET_OPTIONS)
def test_the_values_of_options_are_masked_wherever_they_are_shown(name, value):
    options = {name: value, "header": "true"}
    remember(options)
    lines = value.splitlines()
    for text in (f"cannot use {value}, for header is true", f"Py4J: '{lines[-1]}'", lines[0]):
        assert not [line for line in lines if line in redact(text)]
    assert "for header is true" in redact(f"cannot use {value}, for header is true")
    section = redact_section({"path": f"s3://a:{value}@b/c", "options": options, "partitions": 3})
    assert section["options"] == {name: "***", "header": "true"}
    assert not [line for line in lines if line in str(section)]
    assert section["partitions"] == 3


def test_harmless_options_are_shown_in_any_spelling_of_case():
    options = {
        "header": "true",
        "inferSchema": "false",
        "SEP": ";;;;",
        "compression": "zstd",
        "timestampFormat": "yyyy-MM-dd HH:mm",
        "dbtable": "sales.orders",
        "driver": "org.postgresql.Driver",
        "versionAsOf": "12",
    }
    remember(options)
    assert redact_section({"options": options})["options"] == options
    assert redact("unknown codec zstd in sales.orders") == "unknown codec zstd in sales.orders"
    secret = {"dbtable": f"(SELECT * FROM f('s3://me:{SECRET}@b')) t"}
    assert SECRET not in str(redact_section({"options": secret}))


def test_values_that_are_plain_words_do_not_mask_those():
    remember({"useSSL": "true", "port": "5432", "a": "id", "b": ""})
    assert redact("true, 5432 rows of id") == "true, 5432 rows of id"


def test_log_records_lose_credentials_in_arguments_and_tracebacks():
    text = logged(OSError(f"no access with password={SECRET}"), f"s3a://key:{SECRET}@bucket/x")
    assert SECRET not in text
    assert "OSError" in text
    assert "s3a://***@bucket/x" in text


def test_long_texts_are_shortened_and_lose_their_secrets_first():
    remember({"x": SECRET})
    half = redaction.MAX_MESSAGE // 2
    for start in range(half - len(SECRET) - 10, half + 10):
        text = logged(OSError(), "_" * (start - len("reading ")) + f" {SECRET} " + "_" * 10**4)
        assert not [part for part in ("hUn", "Secret") if part in text], start
    text = logged(OSError("x" * 10**6), "y" * 10**6)
    assert len(text) < redaction.MAX_MESSAGE + redaction.MAX_TRACEBACK + 200


@pytest.mark.parametrize("unit", LONG_UNITS)
def test_the_work_on_a_text_grows_as_the_text(unit):
    """A megabyte: what grows with its square takes hours."""
    text = (unit * 10**6)[: 10**6]
    start = time.process_time()
    redact(text)
    brief(Exception(f"An error occurred while calling\n{text}\nTraceback (most recent call last)"))
    assert time.process_time() - start < 30


@pytest.mark.parametrize(
    "value", ["x" * 10**6, ["a"] * 10**5, {"b" * 10**6: 1}, 10**10_000], ids=type
)
def test_long_values_are_shown_short(value):
    assert len(shown(value)) < 300  # 200 of it, and how many are left out


@pytest.mark.parametrize("value", ["fraud", 3, None, ["a", 'it"s'], {"a": 2.5}])
def test_other_values_are_shown_as_python_writes_them(value):
    assert shown(value) == repr(value)


def logged(error: Exception, argument: str) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(RedactingFilter())
    logger = logging.getLogger("spark_smote.test_redaction")
    logger.addHandler(handler)
    try:
        raise error
    except OSError:
        logger.exception("reading %s", argument)
    finally:
        logger.removeHandler(handler)
    return stream.getvalue()
