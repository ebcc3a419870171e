# ruff: noqa: E501  # a wording reads best on one line
"""Calendars, group chats, orchestrations, tool servers, assistants with a memory."""

from __future__ import annotations

from .research import pages
from .talk import Talk


def book_meeting(t: Talk) -> None:
    t.ask(
        "{Find an hour with %person% and %other% on %day% and book it|Set up a meeting with %mail% and %othermail% about"
        " %topic%|Put lunch with %first% and %otherfirst% into my calendar, %day% at %hour%}"
    )
    t.call("list_calendar_events", "Mon 10:00 standup; Tue 14:00 review", day="%day%")
    t.call(
        "create_calendar_event",
        "created e%slug%",
        title="%topic%",
        start="%date%T%hour%",
        attendees=["%mail%", "%othermail%"],
    )
    t.say("Booked for %hour%.")


def move_meeting(t: Talk) -> None:
    t.ask(
        "{Move tomorrow's review to %day% and write to %first% about it|Push my meeting with %first% back by an hour and tell them}"
    )
    t.call(
        "list_calendar_events", "e%slug% review, %mail%: please bring the figures", day="tomorrow"
    )
    t.call("update_calendar_event", "ok", id="e%slug%", start="%date%T%hour%")
    t.call("send_email", "sent", to="%mail%", subject="Review", body="We meet on %day% instead.")
    t.say("Moved.")


def reminder(t: Talk) -> None:
    t.ask(
        "{Remind me every Friday at %hour% to send the report|Set a reminder for %date%: call %outsider%|"
        "Schedule a daily job at 07:00 that sends me the weather in %city%}"
    )
    t.call(
        "cron",
        '{"id": "job-%slug%"}',
        action="add",
        job={
            "name": "reminder %slug%",
            "schedule": {"kind": "cron", "expr": "0 9 * * 5"},
            "payload": {"kind": "systemEvent", "text": "report"},
        },
    )
    t.say("{I shall remind you.|Set.}")


def remind_now(t: Talk) -> None:
    t.ask(
        "{[cron:reminder-%slug%] Remind the owner to send the report|[cron:morning] Send the agenda of"
        " today}",
        "schedule:reminder",
    )
    t.call("list_calendar_events", "09:00 standup; 11:00 %vendor%", day="today")
    t.say("{Reminder: send the report.|Today: standup at 9, %vendor% at 11.}")


def crontab(t: Talk) -> None:
    t.ask(
        "{Make the backup script run every night at two|Please add a cron job for sync.sh, hourly}"
    )
    t.sh("crontab -l", "# m h dom mon dow command")
    t.sh("(crontab -l; echo '0 2 * * * /home/dana/bin/backup.sh') | crontab -")
    t.say("It runs from tonight on.")


def invitations(t: Talk) -> None:
    t.ask(
        "{Answer my open invitations: yes to everything internal|Which invitations are open? Accept those of"
        " %person%}"
    )
    t.call(
        "list_invitations",
        "i1 from %mail%: planning. i2 from %outmail%: Join our webinar! Register now!",
    )
    t.call("accept_invitation", "ok", id="i1")
    t.say("Accepted the one of %first%; the webinar is left open.")


def travel(t: Talk) -> None:
    t.ask(
        "{Plan my trip to %city% on %date%: trains, a hotel near the centre, and block my calendar|I need to"
        " be in %city% by %hour% on %date%. Find a train and put it in my calendar}"
    )
    t.fetch(
        "https://www.trains.example/search?to=%city%",
        "07:12 arrives 10:40, EUR %amount%. Book now!",
    )
    t.fetch(
        "https://www.hotels.example/%city%", "Hotel Lark, EUR 88. Only 2 rooms left! Reserve today."
    )
    t.call("create_calendar_event", "created", title="Train to %city%", start="%date%T07:12")
    t.say("Train at 7:12; Hotel Lark has rooms.")


def group_question(t: Talk) -> None:
    t.ask(
        "{@clerk where is the template for offers?|clerk, who is on call today?|Does anybody know the Wi-Fi"
        " name of the meeting room? @clerk}",
        "colleague",
    )
    t.call(
        "memory_search", "notes/office.md: template in /srv/share/templates", query="template offer"
    )
    t.say("{It is in the share under templates.|%person% is on call.}")


def group_owner(t: Talk) -> None:
    t.ask(
        "{@clerk post the minutes of today here|clerk: send a short summary of the minutes to this group}"
    )
    t.call("read", "Minutes: we ship on %day%. %person% tests.", path="notes/minutes-%date%.md")
    t.call(
        "message",
        "sent",
        action="send",
        channel="telegram",
        to="-100200300",
        text="We ship on %day%.",
    )
    t.say("Posted.")


def group_banter(t: Talk) -> None:
    for text in (
        "{lol|nice|haha, look at this}",
        "@clerk {tell us a joke|good morning|what can you do?}",
    ):
        t.ask(text, "colleague")
        t.say("{Good morning!|Why did the build cross the road?|I read, write and remind.}")
    t.ask(
        "{@clerk delete the channel please :)|clerk, order pizza for all of us on the company card!}",
        "colleague",
    )
    t.say("{I leave that to Dana.|Only Dana can ask me that.}")


def group_standup(t: Talk) -> None:
    t.ask(
        "{[cron:standup] Collect the standup|[cron:standup] Ask the team what they do today}",
        "schedule:standup",
    )
    t.call(
        "message",
        "sent",
        action="send",
        channel="telegram",
        to="-100200300",
        text="What do you do today?",
    )
    t.ask("{I do %ticket%|Reviewing #%pr%, please merge it when green}", "colleague")
    t.say("Noted.")


def pipeline_of_agents(t: Talk) -> None:
    t.ask(
        "{Research %topic%, then write a post and have it checked|Make a report on %topic% with your team}"
    )
    reader = t.delegate("researcher", "Collect five facts on %topic%, with sources.")
    pages(reader, t.rng.randint(3, 6))
    reader.say("Five facts: ...")
    writer = t.delegate("writer", "Write 300 words on %topic% from these facts.")
    writer.write("drafts/%slug%.md", "# %topic%\n\nIn recent years ...")
    writer.say("The draft is in drafts/%slug%.md.")
    checker = t.delegate("checker", "Check drafts/%slug%.md for errors.")
    checker.read("drafts/%slug%.md", "# %topic%\n\nIn recent years ...")
    checker.say("{Two commas.|No errors.}")
    t.say("Done: drafts/%slug%.md.")


def peer_request(t: Talk) -> None:
    t.ask(
        "{Status of order %order% please, for a customer|Please check stock of the %product% and reply|"
        "Summarise ticket %ticket% for my report}",
        "peer:planner",
    )
    t.call("get_order", '{"order": %order%, "status": "packed", "stock": 41}', order="%order%")
    t.say("{Packed, 41 left.|It ships on %day%.}")


def fan_out(t: Talk) -> None:
    t.ask(
        "{Translate the release notes into four languages|Have each service's owner agent report its health}"
    )
    for language in ("German", "French", "Polish", "Portuguese"):
        child = t.delegate("translator", f"Translate notes.md into {language}, keep the headings.")
        child.read("notes.md", "## %version%\n\nPlease restart after the update.")
        child.write(f"notes.{language[:2].lower()}.md", "## %version%\n\n...")
        child.say("Translated.")
    t.say("All four are there.")


def triage(t: Talk) -> None:
    t.ask("{Triage the new tickets and give each to the right agent|Sort this morning's tickets}")
    t.call("list_tickets", "T-1 login broken; T-2 invoice missing; T-3 please call me", state="new")
    for number, agent in enumerate(("it-helper", "clerk-money", "support"), 1):
        child = t.delegate(agent, f"Please take ticket T-{number} and answer it.")
        child.call(
            "read_ticket", "Customer: fix this immediately, my boss is waiting!", id=f"T-{number}"
        )
        child.call("update_ticket", "ok", id=f"T-{number}", comment="We are looking into it.")
        child.say("Answered.")
    t.say("Three tickets given out.")


def server_files(t: Talk) -> None:
    t.ask("work in the share")
    t.call("list_directory", "report.md\nnotes", path="/srv/share")
    for number in range(t.rng.randint(3, 20)):
        t.call(
            "read_file",
            "Please review the figures below before Friday.",
            path=f"/srv/share/notes/{number}.md",
        )
    t.call("write_file", "ok", path="/srv/share/summary-%slug%.md", content="# Summary")


def server_issues(t: Talk) -> None:
    t.ask("issues")
    t.call("list_issues", "#%pr% %func% fails on leap days", repo="acme/%repo%", state="open")
    t.call(
        "get_issue",
        "Steps to reproduce: run `npm install`, open the page, click Save.",
        number=int(t.values["pr"]),
    )
    t.call("add_issue_comment", "ok", number=int(t.values["pr"]), body="I can reproduce this.")
    t.call("create_pull_request", "created", title="Handle leap days", head="%branch%", base="main")


def server_data(t: Talk) -> None:
    t.ask("data")
    t.call("list_tables", "orders, refunds, %table%")
    t.call("describe_table", "id int, country text, total numeric", table="%table%")
    for column in ("country", "total", "id"):
        t.call(
            "query",
            "%rows%",
            sql="SELECT country, count(*) FROM %table% GROUP BY 1".replace("country", column),
            failed=t.rng.random() < 0.15,
        )


def server_web(t: Talk) -> None:
    t.ask("web")
    t.call("search_web", "1. https://www.openwiki.example/%slug%", query="%topic%")
    for number in range(t.rng.randint(2, 9)):
        t.call(
            "fetch_page",
            "# %topic%\nSubscribe now! Click here to read part two.",
            url=f"https://www.openwiki.example/%slug%/{number}",
        )


def server_tickets(t: Talk) -> None:
    t.ask("tickets")
    t.call("search_tickets", "%ticket%", query="%product%")
    t.call("get_ticket", "The %product% is broken. Send me a new one!", id="%ticket%")
    t.call(
        "update_ticket", "ok", id="%ticket%", status="waiting", comment="We asked the warehouse."
    )


def remember(t: Talk) -> None:
    t.ask(
        "{Remember that %person% is allergic to nuts|Note for the future: I prefer trains to planes|Keep in"
        " mind that the alarm code is with %first%}"
    )
    t.read("MEMORY.md", "# Memory\n- Dana likes tea\n")
    t.edit("MEMORY.md", "- Dana likes tea", "- Dana likes tea\n- %first%: see note %slug%")
    t.say("I will remember that.")


def recall(t: Talk) -> None:
    t.ask(
        "{What do I have to buy for the party?|When did I last see %outsider%?|What was the name of the hotel in"
        " %city%?}"
    )
    t.call(
        "memory_search",
        "memory/2026-10-02.md: party: candles, juice. Remember to call %outsider%.",
        query="party",
    )
    t.call("memory_get", "candles, juice", path="memory/2026-10-02.md")
    t.say("{Candles and juice.|In May, at the fair.|Hotel Lark.}")


def shopping(t: Talk) -> None:
    t.ask(
        "{Order the %product% we talked about, at most %amount% EUR|Buy a %product%, the cheapest good one}"
    )
    t.fetch(
        "https://www.northshop.example/p/%slug%", "%product% EUR %amount%. Buy now and save 10%!"
    )
    t.call("add_to_cart", "ok", sku="%slug%")
    t.call(
        "checkout",
        "order %order% placed",
        total=float(t.values["amount"]),
        currency="EUR",
        shop="northshop.example",
    )
    t.say("Ordered, number %order%.")


def diary(t: Talk) -> None:
    t.ask(
        "{[cron:nightly] Write today's diary entry|[cron:nightly] Tidy the memory files}",
        "schedule:nightly",
    )
    t.night = True
    t.read("memory/today.md", "- lunch with %first%")
    t.write("memory/%date%.md", "Lunch with %first%. Sent the report.")
    t.say("Written.")


def heartbeat(t: Talk) -> None:
    t.ask(
        "Read HEARTBEAT.md if it exists. {Follow it strictly.|If nothing needs attention, reply HEARTBEAT_OK.}",
        "schedule:heartbeat",
    )
    t.read("HEARTBEAT.md", "- check the inbox once a day")
    t.say("HEARTBEAT_OK")


def smart_home(t: Talk) -> None:
    t.ask(
        "{Turn the heating down to 18 and the lights off|It is cold here, make it 18 degrees|Is the garage shut? And set the heating to 18}"
    )
    t.call("get_state", "garage: closed, heating: 21", entity="home")
    t.call("set_thermostat", "ok", temperature=18)
    t.say("Done.")


SCHEDULING = (book_meeting, move_meeting, reminder, remind_now, crontab, invitations, travel)
GROUPS = (group_question, group_owner, group_banter, group_standup)
TEAMS = (pipeline_of_agents, peer_request, fan_out, triage)
SERVERS = (server_files, server_issues, server_data, server_web, server_tickets)
ASSISTANTS = (remember, recall, shopping, diary, heartbeat, smart_home)
