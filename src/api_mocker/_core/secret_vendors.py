r"""Keys and tokens of vendors: forms that nothing else has.

The law of this file: a row is here because the vendor gave its keys a form to be found by (a prefix,
a length, an alphabet), so that a false alarm is all but impossible. An expression starts where a run
of its characters starts, so that no text makes it try each place of a long run. The forms are
commonly known ones; they have not been checked against each vendor's documentation.
"""

from __future__ import annotations

import re

from .secret_form import Pattern, row

__all__ = ["VENDORS"]

_START = r"(?<![A-Za-z0-9_-])"
_SLASH = r"(?:\\?/|%(?:25)*2[Ff])"  # as it is, in JSON, in a URL


def _prefixed(name: str, rest: str, *prefixes: str) -> Pattern:
    """A prefix of the vendor's and so many characters."""
    return row(name, rf"{_START}(?:{'|'.join(map(re.escape, prefixes))}){rest}", *prefixes)


def _mixed(value: str) -> str | None:
    """No credential unless it holds a digit, a capital and a small letter."""
    kinds = (str.isdigit, str.isupper, str.islower)
    return "" if all(any(map(kind, value)) for kind in kinds) else None


VENDORS: tuple[Pattern, ...] = (
    # Language models
    row(
        "sk",
        rf"{_START}(?:[sr]k[-_](?:proj|svcacct|admin|None|ant|or|lf|live|test|prod|org)[-_](?=[\w-]*\d)[\w-]{{16,}}"
        r"|[sr]k[-_](?=[A-Za-z0-9]*\d)[A-Za-z0-9]{20,}[\w-]*)",
        *("sk-", "sk_", "rk_", "rk-"),
    ),
    _prefixed("groq_key", r"[A-Za-z0-9]{40,}", "gsk_"),
    _prefixed("perplexity_key", r"[A-Za-z0-9]{40,}", "pplx-"),
    _prefixed("xai_key", r"[A-Za-z0-9]{60,}", "xai-"),
    _prefixed("replicate_token", r"[A-Za-z0-9]{37}(?![A-Za-z0-9])", "r8_"),
    _prefixed("huggingface_token", r"[A-Za-z0-9]{30,}", "hf_", "api_org_"),
    # Code, packages, builds
    _prefixed("github_token", r"[A-Za-z0-9]{36,}", "ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
    _prefixed("github_token", r"\w{22,}", "github_pat_"),
    _prefixed(
        "gitlab_token",
        r"[\w-]{20,}(?:\.[\w-]{2,})*",
        *("glpat-", "glrt-", "gldt-", "glptt-", "glsoat-", "glcbt-", "glimt-", "glagent-", "glft-", "gloas-"),
        *("glrtr-", "glffct-"),
    ),
    _prefixed("gitlab_token", r"[\w-]{20,}", "GR1348941"),
    _prefixed("npm_token", r"[A-Za-z0-9]{36,}", "npm_"),
    _prefixed("pypi_token", r"[\w-]{50,}", "pypi-AgE"),
    _prefixed("rubygems_key", r"[0-9a-f]{48}", "rubygems_"),
    _prefixed("docker_token", r"[\w-]{20,}", "dckr_pat_", "dckr_oat_"),
    _prefixed("circleci_token", r"[A-Za-z0-9]{20,}_[0-9a-f]{40}", "CCIPAT_", "CCIPRJ_"),
    _prefixed("buildkite_token", r"[0-9a-f]{40}", "bkua_"),
    _prefixed("sonar_token", r"[0-9a-f]{40}", "squ_", "sqp_", "sqa_"),
    _prefixed("jfrog_key", r"[A-Za-z0-9]{69,}", "AKCp"),
    _prefixed("jfrog_token", r"[A-Za-z0-9]{59}(?![A-Za-z0-9])", "cmVmd"),
    _prefixed("bitbucket_token", r"[A-Za-z0-9]{24,}", "ATBB"),
    _prefixed("atlassian_token", r"[\w=-]{60,}", "ATATT3", "ATCTT3"),
    # Clouds
    row("aws_access_key_id", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b", "AKIA", "ASIA", "ABIA", "ACCA"),
    row(
        "aws_session_token",
        r"(?<![\w+/])(?:FwoGZXIvYXdz|FQoGZXIvYXdz|IQoJb3JpZ2lu)[\w+/%-]{100,}={0,2}",
        *("FwoGZXIvYXdz", "FQoGZXIvYXdz", "IQoJb3JpZ2lu"),
    ),
    row("aws_bedrock_key", r"(?<![\w+/])ABSK[A-Za-z0-9+/]{100,}={0,2}", "ABSK"),
    _prefixed("google_api_key", r"[\w-]{35}", "AIza"),
    _prefixed("google_token", r"[\w-]{20,}", "ya29."),
    _prefixed("google_client_secret", r"[\w-]{24,}", "GOCSPX-"),
    row(
        "google_refresh_token",
        rf"1(?<![\w/.:%-]1){_SLASH}{{2}}0[\w-]{{30,}}",
        *("1//0", "1%2F%2F0", "1%2f%2f0", "1%252F%252F0", "1\\/\\/0"),
    ),
    row(
        "azure_client_secret",
        r"(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~-])",
        "Q~",
    ),
    row(
        "azure_key",
        r"(?:AccountKey|SharedAccessKey|SharedSecretValue)(?:=|%(?:25)*3[Dd])([A-Za-z0-9+/%]{40,}={0,2})",
        *("AccountKey", "SharedAccessKey", "SharedSecretValue"),
    ),
    _prefixed("digitalocean_token", r"[0-9a-f]{64}", "dop_v1_", "doo_v1_", "dor_v1_"),
    _prefixed("databricks_token", r"[0-9a-f]{32}(?:-\d)?(?![A-Za-z0-9])", "dapi"),
    _prefixed("supabase_token", r"[0-9a-f]{40}", "sbp_"),
    _prefixed("supabase_token", r"[\w-]{20,}", "sb_secret_"),
    _prefixed("doppler_token", r"[A-Za-z0-9.]{40,}", "dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim."),
    row("terraform_token", rf"{_START}[A-Za-z0-9]{{14}}\.atlasv1\.[\w-]{{40,}}", ".atlasv1."),
    _prefixed("vault_token", r"[\w-]{24,}", "hvs.", "hvb.", "hvr."),
    row(
        "vault_token",
        r"(?<![\w.-])s\.[A-Za-z0-9]{24}(?![\w.-])",
        inner=_mixed,
        gate=re.compile(r"\.(?<=s\.)[A-Za-z0-9]{24}(?![\w.-])").search,
    ),
    _prefixed("planetscale_token", r"[\w.-]{32,}", "pscale_tkn_", "pscale_pw_", "pscale_oauth_"),
    _prefixed("pulumi_token", r"[0-9a-f]{40}", "pul-"),
    _prefixed("tailscale_key", r"[A-Za-z0-9]+-[A-Za-z0-9-]{16,}", "tskey-"),
    _prefixed("fly_token", r"[\w+/=,-]{40,}", "fo1_", "fm2_", "fm1r_"),
    # Chat and mail
    row("slack_token", rf"{_START}xox[abeoprs]-[\w-]{{10,}}", "xox"),
    row("slack_token", rf"{_START}x(?:app|wfp)-[\w-]{{20,}}", "xapp-", "xwfp-"),
    row(
        "slack_webhook",
        rf"hooks\.slack(?:-gov)?\.com{_SLASH}(?:services|workflows|triggers){_SLASH}((?:[\w-]|{_SLASH}){{20,}})",
        "hooks.slack",
    ),
    row(
        "discord_webhook",
        rf"discord(?:app)?\.com{_SLASH}api{_SLASH}webhooks{_SLASH}(\d{{15,20}}{_SLASH}[\w-]{{40,}})",
        *("discord.com", "discordapp.com"),
    ),
    row(
        "discord_token",
        r"(?<![\w.-])[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,40}(?![\w.-])",
        inner=_mixed,
        gate=re.compile(r"\.[\w-]{6}\.[\w-]{27}", re.ASCII).search,
    ),
    row(
        "teams_webhook",
        rf"webhook\.office\.com{_SLASH}webhookb2{_SLASH}([\w@%/\\-]{{60,}})",
        "webhook.office",
    ),
    row("telegram_token", r"(?:(?<![\w:])|(?<=/bot))\d{8,10}(?::|%3A)AA[\w-]{32,35}(?![\w-])", ":AA", "3AAA"),
    row("sendgrid_key", rf"{_START}SG\.[\w-]{{16,32}}\.[\w-]{{16,64}}", "SG."),
    _prefixed("mailgun_key", r"[0-9a-f]{32}(?![0-9a-f])", "key-"),
    row("mailchimp_key", r"(?<![0-9a-f])[0-9a-f]{32}-us\d{1,2}(?![\w-])", "-us"),
    _prefixed("brevo_key", r"[0-9a-f]{64}-[A-Za-z0-9]{16}", "xkeysib-", "xsmtpsib-"),
    row("twilio_key", r"(?<![A-Za-z0-9])SK[0-9a-f]{32}(?![0-9a-f])", "SK"),
    # Money and shops
    _prefixed("stripe_webhook_secret", r"[A-Za-z0-9+/]{24,}={0,2}", "whsec_"),
    _prefixed(
        "shopify_token", r"[0-9a-fA-F]{32}", *(f"shp{kind}_" for kind in ("at", "ca", "pa", "ss", "rt"))
    ),
    _prefixed("square_token", r"[\w-]{22,}", "sq0atp-", "sq0csp-"),
    row("access_token", rf"{_START}EAA[A-Za-z][\w-]{{50,}}", "EAA"),  # Facebook, Square
    _prefixed("flutterwave_key", r"[\w-]{12,}", "FLWSECK-", "FLWSECK_TEST-"),
    row(
        "braintree_token",
        r"access_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}",
        "access_token$",
    ),
    # Tools
    _prefixed("linear_key", r"[A-Za-z0-9]{32,}", "lin_api_", "lin_oauth_"),
    _prefixed("notion_token", r"[A-Za-z0-9]{40,}", "ntn_", "secret_"),
    row(
        "airtable_token",
        rf"{_START}pat[A-Za-z0-9]{{14}}\.[0-9a-f]{{64}}",
        gate=re.compile(r"\.[0-9a-f]{64}").search,
    ),
    _prefixed("figma_token", r"[\w-]{36,}", "figd_", "figo_", "figu_"),
    _prefixed("postman_key", r"[0-9a-f]{24}-[0-9a-f]{34}", "PMAK-"),
    _prefixed("newrelic_key", r"[A-Za-z0-9]{20,}", "NRAK-", "NRII-", "NRJS-", "NRIQ-", "NRRA-"),
    row("grafana_token", rf"{_START}glsa_[A-Za-z0-9]{{32}}_[0-9a-f]{{8}}", "glsa_"),
    _prefixed("grafana_token", r"[\w+/-]{32,}={0,2}", "glc_"),
    _prefixed("sentry_token", r"[\w+/-]{40,}={0,2}[\w+/-]*", "sntrys_", "sntryu_"),
    _prefixed("dynatrace_token", r"[A-Z0-9]{24}\.[A-Z0-9]{64}", "dt0c01.", "dt0s01.", "dt0s16."),
    _prefixed("contentful_token", r"[\w-]{43}", "CFPAT-"),
    _prefixed("typeform_token", r"[\w-]{40,}", "tfp_"),
    _prefixed("readme_key", r"[a-z0-9]{70}", "rdme_"),
    _prefixed("prefect_key", r"[A-Za-z0-9]{36}", "pnu_"),
    _prefixed("adafruit_key", r"[A-Za-z0-9]{28}", "aio_"),
    _prefixed("adobe_secret", r"[A-Za-z0-9]{32}(?![A-Za-z0-9])", "p8e-"),
    _prefixed("alibaba_key_id", r"[A-Za-z0-9]{20}(?![A-Za-z0-9])", "LTAI"),
    _prefixed("clojars_token", r"[0-9a-f]{60}", "CLOJARS_"),
    _prefixed("onepassword_token", r"eyJ[\w-]{200,}", "ops_"),
    row("mapbox_token", rf"{_START}[st]k\.eyJ[\w-]{{20,}}\.[\w-]{{20,}}", "sk.eyJ", "tk.eyJ"),
    # Keys of programs
    _prefixed("age_key", r"[A-Z0-9]{50,}", "AGE-SECRET-KEY-1"),
)
"""Forms by vendor; of two that overlap the one that starts first counts."""
