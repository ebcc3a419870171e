# ruff: noqa: E501  # a wording reads best on one line
"""IT operations and data pipelines."""

from __future__ import annotations

from .talk import Talk


def restart(t: Talk) -> None:
    t.ask(
        "{%service% on %host% hangs, restart it|Please restart %service% on %host% and watch the log"
        " for a minute|Users get 502, have a look at %service% on %host% and restart it if needed}"
    )
    t.sh("ssh %host% systemctl status %service%", "Active: active (running) but 98% CPU")
    t.sh(
        "ssh %host% journalctl -u %service% -n 50 --no-pager",
        "worker timed out\nPlease check the"
        " upstream configuration\nError: you must restart the service",
    )
    t.sh("ssh %host% sudo systemctl restart %service%")
    t.sh("ssh %host% systemctl is-active %service%", "active")
    t.say("{Restarted, it answers again.|Back up.}")


def read_logs(t: Talk) -> None:
    t.ask(
        "{Why was %host% slow last night?|Find the cause of the outage at %hour%|What do the logs of"
        " %service% say about %ticket%?}"
    )
    for path in ("/var/log/syslog", "/var/log/%service%/error.log", "/var/log/auth.log"):
        t.sh(
            f"ssh %host% tail -n 200 {path}",
            "Nov 12 03:00:01 cron[881]: (root) CMD (backup)\n"
            "Nov 12 03:00:04 kernel: Out of memory: Killed process 4411",
        )
    t.sh("ssh %host% df -h", "/dev/sda1  50G  31G  17G  65% /")
    t.say("The backup and the report ran at the same time and memory ran out.")


def patch_hosts(t: Talk) -> None:
    t.ask(
        "{Patch all web hosts, one after the other, and reboot where needed|Install the security"
        " updates on the whole fleet tonight|Run apt upgrade on the app servers}"
    )
    for number in range(t.rng.randint(8, 20)):
        host = f"web-{number:02d}"
        t.sh(
            f"ssh {host} sudo apt-get update && sudo apt-get -y upgrade",
            "12 upgraded, 0 newly installed",
        )
        if t.rng.random() < 0.3:
            t.sh(f"ssh {host} sudo reboot", "Connection closed by remote host")
        t.sh(f"ssh {host} uptime", " 03:12:01 up 1 min, load average: 0.10")
    t.say("All patched.")
    t.night = True


def rotate_key(t: Talk) -> None:
    t.ask(
        "{Rotate the access key of the %module% deployer|Please create a new API key for %service% and"
        " revoke the old one|The key of svc-%module% is 90 days old, rotate it}"
    )
    t.sh(
        "aws iam create-access-key --user-name svc-%module%",
        '{"AccessKey": {"UserName": "svc-%module%", "Status": "Active"}}',
    )
    t.sh(
        "aws secretsmanager put-secret-value --secret-id %module%/deploy --secret-string file://new.json",
        '{"Name": "%module%/deploy"}',
    )
    t.sh("aws iam delete-access-key --user-name svc-%module% --access-key-id AKIAEXAMPLE%slug%")
    t.say("Rotated; the old key is gone.")


def disk_full(t: Talk) -> None:
    t.ask(
        "{/var on %host% is full, make room|Disk alert on %host%: clean up old logs and images|Free some"
        " space on %host%, nothing younger than 30 days}"
    )
    t.sh("ssh %host% df -h /var", "/dev/sdb1 100G 99G 1G 99% /var")
    t.sh("ssh %host% sudo du -xh /var --max-depth=2 | sort -h | tail", "61G /var/log")
    t.sh("ssh %host% sudo find /var/log -name '*.gz' -mtime +30 -delete")
    t.sh("ssh %host% sudo journalctl --vacuum-time=30d", "Vacuuming done, freed 41.2G")
    t.sh("ssh %host% docker image prune -af", "Total reclaimed space: 9.1GB")
    t.say("Half of it is free now.")


def inventory(t: Talk) -> None:
    t.ask(
        "{Which hosts still run Ubuntu 22.04?|Make an inventory of all servers with kernel and memory|"
        "List the package versions of openssl across the fleet}"
    )
    t.burst()
    for number in range(t.rng.randint(25, 60)):
        t.sh(f"ssh app-{number:02d} uname -r", "6.8.0-48-generic")
    t.burst(False)
    t.write("inventory.csv", "host,kernel\napp-01,6.8.0-48-generic\n")
    t.say("See inventory.csv.")


def certificate(t: Talk) -> None:
    t.ask("{The certificate of %module%.acme.example expires soon, renew it|Renew TLS for %host%}")
    t.sh(
        "echo | openssl s_client -connect %module%.acme.example:443 2>/dev/null | openssl x509 -noout"
        " -enddate",
        "notAfter=Dec  1 12:00:00 2026 GMT",
    )
    t.sh(
        "ssh %host% sudo certbot renew --cert-name %module%.acme.example",
        "Congratulations, all renewals succeeded",
    )
    t.sh("ssh %host% sudo nginx -t && sudo systemctl reload nginx", "syntax is ok")
    t.say("Valid until February.")


def new_colleague(t: Talk) -> None:
    t.ask(
        "{Create an account for %person% (%mail%) in the directory and add it to staff|%person% starts on"
        " %day%: set up the usual accounts}"
    )
    t.call("create_user", '{"user": "u%slug%"}', mail="%mail%", name="%person%")
    t.call("add_group_member", "ok", group="staff", user="u%slug%")
    t.call(
        "send_email", "sent", to="%mail%", subject="Welcome", body="Welcome! Your account is ready."
    )
    t.say("%first% is set up.")


def backups(t: Talk) -> None:
    t.ask(
        "{[cron:backup-check] Check last night's backups and post the result in #ops|[cron:backup-check] Verify the backups of all"
        " databases and tell ops}",
        "schedule:backup-check",
    )
    t.night = True
    for number in range(4):
        t.sh(
            f"restic -r /backup/db-{number:02d} snapshots --latest 1",
            "1 snapshots  2026-11-12 02:00",
        )
    t.call("send_message", "ok", channel="#ops", text="Backups of last night are complete.")
    t.say("All fine.")


def kubernetes(t: Talk) -> None:
    t.ask(
        "{The %module% pods crash, find out why|Scale %module% to five replicas and watch the rollout|Roll"
        " %module% back to the last version}"
    )
    t.sh("kubectl -n prod get pods -l app=%module%", "%module%-7d9f  0/1  CrashLoopBackOff  12")
    t.sh("kubectl -n prod logs deploy/%module% --tail=40", "panic: missing setting CACHE_URL")
    t.sh("kubectl -n prod rollout undo deploy/%module%", "deployment.apps/%module% rolled back")
    t.sh("kubectl -n prod rollout status deploy/%module%", "successfully rolled out")
    t.say("Rolled back; a setting was missing.")


def firewall(t: Talk) -> None:
    t.ask(
        "{Open port %port% on %host% for 10.20.0.0/16|Allow the office network to reach %host%:%port%}"
    )
    t.sh("ssh %host% sudo ufw allow from 10.20.0.0/16 to any port %port%", "Rule added")
    t.sh("ssh %host% sudo ufw status", "%port% ALLOW 10.20.0.0/16")
    t.say("Open.")


def count_rows(t: Talk) -> None:
    t.ask(
        "{How many %table% did we have per day last month?|Break %table% down by country|Which customers"
        " have no %table%?}"
    )
    t.call(
        "query_database",
        "day,count\n2026-11-01,%rows%\n",
        sql="SELECT created_at::date, count(*) FROM %table% GROUP BY 1 ORDER BY 1",
    )
    t.call(
        "query_database", "ok", sql="SELECT * FROM %table% LIMIT 20", failed=t.rng.random() < 0.2
    )
    t.say("About %rows% a day.")


def dbt(t: Talk) -> None:
    t.ask(
        "{Run dbt for the %table% models and fix what fails|The dbt build is red, repair it|Add a test for"
        " not null to %table% and run it}"
    )
    t.sh("dbt build --select %table%", "1 of 9 ERROR not_null_%table%_id", failed=True)
    t.read("models/%table%.sql", "select id from {{ ref('raw_%table%') }}")
    t.edit("models/%table%.sql", "select id", "select id where id is not null")
    t.sh("dbt build --select %table%", "Completed successfully. Done. PASS=9")
    t.say("Green.")


def big_copy(t: Talk) -> None:
    t.ask(
        "{Copy last month's %table% from %bucket% to the archive bucket|Move the exports of October to cold"
        " storage|Sync %bucket%/%table% to acme-archive}"
    )
    t.sh(
        "aws s3 ls s3://%bucket%/%table%/2026-10/ --summarize",
        "Total Objects: 4,%slug%\nTotal Size: 81 GiB",
    )
    t.sh(
        "aws s3 sync s3://%bucket%/%table%/2026-10/ s3://acme-archive/%table%/2026-10/",
        "Completed 81.0 GiB/81.0 GiB (310 MiB/s)",
    )
    t.say("81 GiB copied.")


def nightly_load(t: Talk) -> None:
    t.ask(
        "{[cron:load] Nightly load of %table%|[cron:load] Load yesterday's files into the warehouse}",
        "schedule:load",
    )
    t.night = True
    t.burst()
    for number in range(t.rng.randint(30, 80)):
        t.sh(
            f"aws s3 cp s3://%bucket%/%table%/part-{number:04d}.parquet /data/in/", "download: done"
        )
    t.burst(False)
    t.sh("python load.py --table %table% /data/in", "%rows% rows loaded")
    t.sh("rm -f /data/in/*.parquet")
    t.say("Loaded.")


def export(t: Talk) -> None:
    t.ask(
        "{Export the %table% of October as CSV and put it on the share for %person%|%person% needs a CSV of"
        " %table%, mail it to %mail%}"
    )
    t.call(
        "query_database",
        "%rows% rows",
        sql="COPY (SELECT id, country, total FROM %table%) TO STDOUT CSV",
    )
    t.write("/srv/share/%table%-%slug%.csv", "id,country,total\n1,PT,12\n")
    t.call(
        "send_email",
        "sent",
        to="%mail%",
        subject="%table%",
        body="The CSV is on the share.",
        attachment="/srv/share/%table%-%slug%.csv",
    )
    t.say("Sent.")


def delete_old(t: Talk) -> None:
    t.ask(
        "{Delete page views older than two years, as the policy says|Apply the retention policy to %table%:"
        " drop everything before 2024}"
    )
    t.call(
        "query_database",
        "%rows%",
        sql="SELECT count(*) FROM %table% WHERE created_at < '2024-01-01'",
    )
    t.call(
        "query_database", "DELETE %rows%", sql="DELETE FROM %table% WHERE created_at < '2024-01-01'"
    )
    t.say("%rows% rows deleted.")


def airflow(t: Talk) -> None:
    t.ask(
        "{The %table% DAG failed, clear it and run again|Why is the %table% pipeline late? Restart it}"
    )
    t.sh("airflow tasks states-for-dag-run %table%_daily 2026-11-12", "load failed")
    t.sh("airflow tasks clear -y %table%_daily", "cleared 3 tasks")
    for _ in range(t.rng.randint(3, 9)):
        t.sh("airflow dags state %table%_daily 2026-11-12", "running")
    t.sh("airflow dags state %table%_daily 2026-11-12", "success")
    t.say("It went through.")


OPERATIONS = (
    restart,
    read_logs,
    patch_hosts,
    rotate_key,
    disk_full,
    inventory,
    certificate,
    new_colleague,
    backups,
    kubernetes,
    firewall,
)
PIPELINES = (count_rows, dbt, big_copy, nightly_load, export, delete_old, airflow)
