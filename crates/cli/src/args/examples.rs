//! The examples that help begins with, and the table of exit codes that it ends with.

pub(super) const TOP: &str = "\
Examples:
  headwater demo                                      see all of it on an invented world
  headwater init                                      make a lake in ./lake
  headwater import bank_csv books/                    bring in a bank's files
  headwater sql -c 'SELECT count(*) FROM flow.transfers'
  headwater sql                                       a shell, with completion and history
  headwater run --sources sources.toml                import, flag, link and assess

";

pub(super) const EXIT_CODES: &str = "\
Exit codes: 0 done · 1 it failed (bad SQL included) · 2 wrong command line · 3 nothing found (trace; others with --fail-empty) · \
4 not allowed · 5 a file or the network · 6 too many bad rows (--max-bad), or data a check refused · 7 out of memory or time · \
130 interrupted
Answers go to standard output, everything else to standard error.";

pub(super) const INIT: &str = "\
Examples:
  headwater init
  headwater init --lake /srv/case-17
  headwater init --governed                           what is about people needs --purpose, --case and --authority

";

pub(super) const IMPORT: &str = "\
Examples:
  headwater import ecb_rates eurofxref-hist.csv       rates first, so that transfers get their value in euro
  headwater import bank_csv books/                    every file of the format in a folder
  headwater import ibm_aml HI-Small_Trans.csv --max-bad 0
  headwater sql -c 'SELECT reason, count(*) FROM admin.quarantine GROUP BY reason'

Importing a file again adds nothing: its rows are counted as duplicate. All files of one call become visible together.

";

pub(super) const FOLLOW: &str = "\
Examples:
  headwater follow http://127.0.0.1:8332 --cookie ~/.bitcoin/.cookie
  headwater follow http://127.0.0.1:8332 --user name:password --confirmations 6
  headwater follow http://127.0.0.1:18443 --once              bring in what is new and end
  headwater follow http://127.0.0.1:8332 --cookie F --until-height 100000

First all blocks the lake lacks, then each new one. When the node gives up a branch, its blocks leave the lake in the same
snapshot in which the others arrive. Ctrl-C ends it at any time; the next call goes on.

";

pub(super) const SQL: &str = "\
Examples:
  headwater sql -c 'SELECT * FROM flow.transfers ORDER BY value_eur DESC LIMIT 10'
  headwater sql -c 'SELECT * FROM finding.findings' -o findings.csv
  headwater sql -f report.sql --format json | jq .
  headwater sql -c \"SELECT * FROM read_csv('book.csv') WHERE error IS NOT NULL\"
  headwater sql                                       a shell; \\? lists its commands

Amounts are exact: csv and json give every digit, json as a string, because a JSON number would lose some.
Times are UTC, 2024-03-05T14:03:22Z; lists are {a,b} in text formats.

";

pub(super) const TRACE: &str = "\
Examples:
  headwater trace EE273300333505610002 --method haircut --max-hops 3
  headwater trace GB29NWBK60161331926819 --back --since 2013-01-01 --max-delay '30 days'
  headwater trace 12cbQLTFMXRnSzktFkuoG3eHoMeFtpTu3S --ledger btc --asset BTC
  headwater trace EE273300333505610002 --format csv       every step as a row
  headwater trace f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16:0 --method haircut
  headwater trace ACCOUNT_A --to ACCOUNT_B --best widest    by which ways money got from A to B
  headwater trace ACCOUNT_A --to ACCOUNT_B --graph out.graphml
  headwater functions trace_forward                   the methods, the limits and the columns

A branch is all transfers between two accounts; amounts are what is traced of them. Behind an account stands what rests
there: held, stopped, max_hops, max_delay, dust.

";

pub(super) const DERIVE: &str = "\
Examples:
  headwater derive                                    all of them, from all there is
  headwater derive change_votes                       which outputs may be change: costs too much to be made unasked
  headwater derive coinjoins merges clusters          after a rule was changed with --queries

An import keeps derived tables up to date by itself, except those that are made on demand.

";

pub(super) const ERROR_RATES: &str = "\
Examples:
  headwater error-rates                               on an invented chain, and on labelled data where there is some
  headwater error-rates --data labelled --chain 0     on labelled transactions alone
  headwater error-rates --format csv -o rates.csv

Precision is what of the found is right, recall what of the labelled is found, with the counts behind them. What nothing
measures is said to be unmeasured.

";

pub(super) const EVALUATE: &str = "\
Examples:
  headwater synth --accounts 100000 --days 180 --seed 7 --out W && headwater evaluate W
  headwater evaluate 20K_cycle200.tgz                  AMLSim, in the order of time and without
  headwater evaluate HI-Small_Trans.csv --rates eurofxref-hist.csv   AMLworld, with the paper's split by time
  headwater evaluate W laundering_patterns.json --out evaluation
  headwater evaluate W --lake kept                     keep the lake, and ask it: SELECT * FROM truth.verdicts

The data goes into a lake of its own, which is removed unless --lake names it. Figures from invented data do not transfer to
real books.

";

pub(super) const FLAG: &str = "\
Examples:
  headwater flag                                      every typology, with the balanced profile
  headwater flag structuring --set count=4
  headwater flag --set rapid_pass_through.within='12 hours'
  headwater flag --max-time 10m --max-findings 5000   what one typology may take and keep; the others go on
  headwater flags --top 20                            the findings as a queue of work
  headwater typologies structuring                    what it finds, and when that is innocent

";

pub(super) const FLAGS: &str = "\
Examples:
  headwater flags --top 20                            open findings, the highest case first
  headwater flags --typology structuring --since 2024-01-01 --format csv
  headwater flags --subject EE273300333505610002 --status all
  headwater flags --why 6118                          what was seen, on which rows, and against what; 6118 begins its id
  headwater flags --case 6118                         all findings on the same money, and its time line
  headwater flags 6118 --disposition false --reason 'rent, seen the lease' --by 'A. Tamm'
  headwater flags --suppress structuring:EE273300333505610002 --until 2027-06-30 --reason 'shop, checked' --by 'A. Tamm'
  headwater flags --status suppressed                 what rules hold back today
  headwater flags --value                             what each typology found that no other did, and at what cost

A decision is added to those before it; the newest counts. Headwater tells how many findings are not listed, and why not.
As tables: finding.queue, finding.cases, finding.case_timeline, finding.history, finding.precision.

";

pub(super) const TUNE: &str = "\
Examples:
  headwater tune structuring --set count=2,3,4,5
  headwater tune rapid_pass_through --set rho=0.8,0.9 --set within='24 hours,48 hours'
  headwater tune structuring                          each of its parameters by itself
  headwater tune structuring --set count=3,4 --truth world/truth/schemes.csv

Nothing is written. Recall and precision stand there where findings were decided on (headwater flags --disposition) or where
--truth says what was planted; else they are empty: unknown, not zero.

";

pub(super) const RESOLVE: &str = "\
Examples:
  headwater resolve                                   who may be one, with what speaks for it and against it
  headwater resolve --same entity:ofac_sdn/ofac-36 entity:un_sc/un-6907993 --by 'A. Analyst' --reason 'same passport'
  headwater resolve --distinct ofac_sdn/ofac-36 'holder:1003/boss man' --by 'A. Analyst' --reason 'born 1990'
  headwater resolve --undo ofac_sdn/ofac-36 un_sc/un-6907993 --by 'A. Analyst' --reason 'wrong passport'
  headwater sql -c 'SELECT * FROM intel.decisions'    who decided what, when and why

Nothing is united but by a decision, and no decision is ever overwritten. A pair decided distinct makes no link by name.

";

pub(super) const STRIKE: &str = "\
Examples:
  headwater strike f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16 --by 'A. Tamm' --reason 'a PayJoin, both say so'
  headwater strike f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16 --undo --by 'A. Tamm' --reason 'wrong one'
  headwater sql -c \"SELECT * FROM why_linked('1A…', '1B…')\"     which transactions a cluster hangs on
  headwater sql -c 'SELECT * FROM btc.strikes'           who struck what, when and why

Struck out, a transaction unites nobody: the clusters are made anew without it, now and at every import.

";

pub(super) const NETWORKS: &str = "\
Examples:
  headwater networks                                  around known groups, and around nobody known
  headwater networks ocg_register/ocg-7               its members and accounts, their roles, and on what evidence

";

pub(super) const LINK: &str = "\
Examples:
  headwater link
  headwater sql -c 'SELECT method, count(*) FROM finding.links GROUP BY method'

";

pub(super) const ASSESS: &str = "\
Examples:
  headwater assess --report assessment.html
  headwater assess --terms terms.toml --out report    what the terms require, as HTML, JSON, Markdown and PROV
  headwater assess --out report --product strategic --product public
  headwater assess --terms terms.toml --out report --product case
  headwater assess --out report --compare strategic-1f0c   what changed since that edition, and why
  headwater assess --lint report/strategic.json       what keeps a product from leaving

Terms of reference are a TOML file:
  id = \"ToR 2024/3\"
  customer = \"National coordination group\"
  products = [\"strategic\", \"public\"]
  [period]
  from = 2024-01-01
  to = 2024-12-31
  [[question]]
  id = \"Q1\"
  text = \"Which networks launder through shells?\"
  indicators = [\"A01\", \"A04\"]

";

pub(super) const SEND: &str = "\
Examples:
  headwater send files --out export/                  findings, links and indicator values for another program
  headwater send taxii --url https://host/api1/collections/ID/ --user name:password --tlp amber
  headwater send list                                 what waits, what is delivered, what was refused

What is sent is queued in the lake first, and stays there until the other side has said that it has it. Sent twice, it is
there once.

";

pub(super) const SEND_FILES: &str = "\
Examples:
  headwater send files --out export/
  headwater send files --out /mnt/partner --tlp green --sender 'FIU of Freedonia'

JSON Lines and Parquet of findings, links, indicator_values and assessments; schema.json says what the columns are, under a
version, and manifest.json, written last, has the SHA-256 of each file. The same rows give the same bytes.

";

pub(super) const SEND_TAXII: &str = "\
Examples:
  headwater send taxii --url http://127.0.0.1:5000/api1/collections/91a7b528-80eb-42ed-a74d-c6fbd5a26116/
  headwater send taxii --url https://host/taxii2/ --collection 'Money laundering' --tlp amber+strict
  HEADWATER_TAXII_USER=name:password headwater send taxii --url https://host/api1/

An error that may pass is tried again, after twice as long each time, until --patience ends; what is then not delivered waits
in the outbox for the next call. Exit codes: 4 the server does not let us · 5 no answer, or no TAXII server · 1 objects refused.

";

pub(super) const SEND_LIST: &str = "\
Examples:
  headwater send list
  headwater sql -c \"SELECT item, note FROM assess.outbox_state WHERE state = 'refused'\"

";

pub(super) const VERIFY: &str = "\
Examples:
  headwater verify
  headwater verify --format json | jq '.[] | select(.faults > 0)'

Ends with exit code 1 when something is wrong; what, is said on standard error.

";

pub(super) const REPLAY: &str = "\
Examples:
  headwater replay 4611686018427387904
  headwater replay 4611686018427387904 --queries old-queries      with the text it was found with
  headwater replay strategic-9d0c1b                   a product, by the beginning of its id
  headwater sql -c 'SELECT finding_id, typology FROM finding.findings'
  headwater sql -c 'SELECT product_id, kind, title FROM assess.products'

Prints the finding as one line of JSON, or the product's JSON twin. A product is made again under the clearance it was made
under, which that of whoever replays it must cover. Ends with exit code 1 when other bytes came out, or none.

";

pub(super) const GOVERN: &str = "\
Examples:
  headwater govern                                    says on or off
  headwater govern on
  headwater sql --purpose 'money laundering' --case 4711/26 --authority 'court order 12' -c 'SELECT * FROM flow.holders'
  headwater sql -c 'SELECT verb, actor, case_ref, statement, rows FROM admin.audit ORDER BY number'

In a governed lake whatever reads or sends a column about people is refused without purpose, case and authority. In the shell:
SET headwater.purpose = '…'; SET headwater.case = '…'; SET headwater.authority = '…'. Statistics need none of it.

";

pub(super) const JUDGE: &str = "\
Examples:
  headwater judge register/OCG-17 A06 3 --by 'A. Analyst' --reason 'two shootings' --grade B2 --document IR/2024/118
  headwater judge register/OCG-17 A05 unknown --by 'A. Analyst' --reason 'source withdrawn' --grade C4 --document IR/2024/130
  headwater judge                                     everything that was said
  headwater judge register/OCG-17                     of one network

Nothing is changed: the newest judgement counts, and earlier ones stay.

";

pub(super) const EXPLAIN: &str = "\
Examples:
  headwater explain register/OCG-17 A01               metric, threshold, next rung, and the rung without each supplier
  headwater explain register/OCG-17                   every indicator, the candidate tests, and whether the rank is stable
  headwater explain register/OCG-17 --format json
  headwater explain register/OCG-17 --profile sleipnir-19

";

pub(super) const RUN: &str = "\
Examples:
  headwater run --sources sources.toml --report assessment.html
  headwater run                                       flag, link and assess what the lake holds

A list of sources is a TOML file; its paths are relative to it:
  [[source]]
  format = \"bank_csv\"
  path = \"books\"

";

pub(super) const DEMO: &str = "\
Examples:
  headwater demo
  headwater demo --data data-samples --lake /tmp/demo-lake

Without --lake the lake and the report go to a new folder, which is kept and named at the end.

";

pub(super) const SYNTH: &str = "\
Examples:
  headwater synth world                               the demo's world
  headwater synth --seed 7 --scale large world7
  headwater synth --accounts 100000 --days 180 --seed 7 --out W   cases of every typology at three difficulties
  headwater synth --amlworld 5000000 transfers.csv
  headwater synth --chain 1000000 --network main chain   Bitcoin blocks, and who owns what

";

pub(super) const TYPOLOGIES: &str = "\
Examples:
  headwater typologies
  headwater typologies structuring
  headwater --lake L typologies                       with the precision that decisions in a lake measured

";

pub(super) const FORMATS: &str = "\
Examples:
  headwater formats
  headwater formats bank_csv

";

pub(super) const FUNCTIONS: &str = "\
Examples:
  headwater functions
  headwater functions account
  headwater functions read_csv

DataFusion's own functions: headwater sql -c 'SHOW FUNCTIONS'

";

pub(super) const COMPLETIONS: &str = "\
Examples:
  headwater completions bash > ~/.local/share/bash-completion/completions/headwater
  headwater completions zsh > ~/.zfunc/_headwater

";
