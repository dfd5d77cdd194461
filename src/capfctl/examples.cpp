// SPDX-License-Identifier: Apache-2.0
#include "capfctl/examples.hpp"

#include "opencapf/base/text.hpp"
#include "opencapf/cli/describe.hpp"

#include <CLI/CLI.hpp>
#include <stdexcept>
#include <vector>

namespace opencapf::capfctl {
namespace {

struct Examples {
    const char* command;  ///< words after the program
    std::vector<std::string> lines;
};

// In one place, because they teach together: one example uses what the one before has made. Every command has its own;
// a test holds that.
const std::vector<Examples>& all() {
    static const std::vector<Examples> kAll{
        {"device add",
         {"capfctl device add SEP001122334455 --model CP-8865", "capfctl device add --names-file phones.txt"}},
        {"device list", {"capfctl device list", "capfctl --json device list | jq -r '.devices[].name'"}},
        {"device find",
         {"capfctl device find --where 'name begins SEP' --where 'lsc-expires before 30d'",
          "capfctl device find --where 'lsc-issuer contains lab' --format csv >lscs.csv",
          "capfctl device find --where 'lsc is expired' --columns name --format csv",
          "capfctl device find --where 'status contains failed' --count"}},
        {"device show", {"capfctl device show SEP001122334455"}},
        {"device remove", {"capfctl device remove SEP001122334455"}},
        {"device arm",
         {"capfctl device arm SEP001122334455", "capfctl device arm SEP001122334455 --operation delete",
          "capfctl device arm --names-file phones.txt --auth string --generate-string --by 2027:12:31:18:00",
          "capfctl device arm SEP001122334455 --operation none"}},
        {"lsc export",
         {"capfctl lsc export SEP001122334455 >lsc.pem",
          "capfctl lsc export --where 'lsc is valid' --directory lscs --der",
          "capfctl lsc export SEP001122334455 --what fetched-mic"}},
        {"report lsc", {"capfctl report lsc", "capfctl report lsc --where 'model is CP-8865'"}},
        {"stale-lsc list", {"capfctl stale-lsc list", "capfctl --json stale-lsc list"}},
        {"stale-lsc delete", {"capfctl stale-lsc delete SEP001122334455", "capfctl stale-lsc delete --all"}},
        {"profile add", {"capfctl profile add jtapi 1", "capfctl profile add alice desk --kind end-user"}},
        {"profile list", {"capfctl profile list", "capfctl profile list --where 'lsc-expires before 30d'"}},
        {"profile show", {"capfctl profile show jtapi.1"}},
        {"profile arm", {"capfctl profile arm jtapi.1", "capfctl profile arm jtapi.1 --operation none"}},
        {"profile remove", {"capfctl profile remove jtapi.1"}},
        {"csr list", {"capfctl csr list", "capfctl csr list --waiting"}},
        {"csr count", {"capfctl csr count"}},
        {"csr dump", {"capfctl csr dump requests.tgz --waiting"}},
        {"csr delete", {"capfctl csr delete SEP001122334455", "capfctl csr delete --all"}},
        {"cert import", {"capfctl cert import signed.tgz"}},
        {"parameter list", {"capfctl parameter list"}},
        {"parameter show", {"capfctl parameter show key_size"}},
        {"ces status", {"capfctl ces status"}},
        {"ces reload", {"capfctl ces reload"}},
        {"ces ca", {"capfctl ces ca", "capfctl --json ces ca | jq -r '.cas[] | select(.up | not).name'"}},
        {"ces requests", {"capfctl ces requests", "capfctl ces requests --stage undelivered"}},
        {"ces forget", {"capfctl ces forget 0123456789abcdef"}},
        {"itl create", {"capfctl itl create ITLFile.tlv --signer-cert tftp.pem --signer-key tftp.key --capf tftp.pem"}},
        {"itl show", {"capfctl itl show ITLFile.tlv"}},
        {"doctor",
         {"capfctl doctor --logs collected-logs", "capfctl doctor SEP001122334455 --logs collected-logs",
          "capfctl doctor --live", "capfctl doctor --live --enrol",
          "capfctl --json doctor --logs collected-logs | jq -r '.findings[].cause'"}},
        {"trace",
         {"capfctl trace SEP001122334455 --logs collected-logs",
          "capfctl trace SEP001122334455 --logs collected-logs --all --html trace.html"}},
        {"renewal status", {"capfctl renewal status"}},
        {"renewal list", {"capfctl renewal list --which failing", "capfctl renewal list --which due"}},
        {"renewal now", {"capfctl renewal now SEP001122334455"}},
        {"renewal exclude", {"capfctl renewal exclude SEP001122334455"}},
        {"renewal include", {"capfctl renewal include SEP001122334455"}},
        {"alarm list", {"capfctl alarm list", "capfctl alarm list --cleared"}},
        {"bulk arm",
         {"capfctl bulk arm --where 'lsc-expires before 30d' --auth lsc --per-minute 60 --window 22:00-05:00",
          "capfctl bulk arm --csv phones.csv --auth string --generate-string --name rollout"}},
        {"bulk list", {"capfctl bulk list"}},
        {"bulk show", {"capfctl bulk show 7", "capfctl bulk show 7 --targets failed"}},
        {"bulk pause", {"capfctl bulk pause 7"}},
        {"bulk resume", {"capfctl bulk resume 7"}},
        {"bulk cancel", {"capfctl bulk cancel 7"}},
        {"ca list", {"capfctl ca list --state pending", "capfctl ca list --subject SEP001122334455 --limit 5"}},
        {"ca view", {"capfctl ca view 17", "capfctl ca view serial:4200000011 --pem"}},
        {"ca approve", {"capfctl ca approve 17"}},
        {"ca deny", {"capfctl ca deny 17"}},
        {"ca revoke", {"capfctl ca revoke 17 --reason keyCompromise", "capfctl ca revoke serial:4200000011"}},
        {"ca unrevoke", {"capfctl ca unrevoke 17"}},
        {"ca certificates", {"capfctl ca certificates"}},
        {"ca renew", {"capfctl ca renew", "capfctl ca renew --new-key"}},
        {"ca import", {"capfctl ca import --certificate ca.pem --key ca.key"}},
        {"ca crls", {"capfctl ca crls"}},
        {"ca publish-crl", {"capfctl ca publish-crl"}},
        {"ca backup", {"capfctl ca backup /var/backups/ca.sqlite"}},
        {"ca restore", {"capfctl ca restore /var/backups/ca.sqlite"}},
        {"ca template list", {"capfctl ca template list"}},
        {"ca template show", {"capfctl ca template show CiscoRA"}},
        {"ca template set",
         {"capfctl ca template set CiscoRA manager_approval=true", "capfctl ca template set Short --file short.json"}},
        {"ca template reset", {"capfctl ca template reset CiscoRA"}},
        {"ca template remove", {"capfctl ca template remove CiscoRA"}},
        {"ca account list", {"capfctl ca account list"}},
        {"ca account set",
         {"capfctl ca account set ciscora --password-file password", "capfctl ca account set ciscora --state locked"}},
        {"ca account remove", {"capfctl ca account remove ciscora"}},
        {"ca account reset", {"capfctl ca account reset ciscora"}},
        {"ca account unlock", {"capfctl ca account unlock ciscora"}},
        {"ca fault set",
         {"capfctl ca fault set delay --url certfnsh.asp --seconds 12 --count 3", "capfctl ca fault set pending"}},
        {"ca fault list", {"capfctl ca fault list", "capfctl ca fault list --available"}},
        {"ca fault clear", {"capfctl ca fault clear delay", "capfctl ca fault clear --all"}},
        {"axl hash", {"capfctl axl hash renewal <password >>axl_accounts"}},
        {"daemon status", {"capfctl daemon status", "capfctl --json daemon status cesd"}},
        {"daemon reload", {"capfctl daemon reload capfd"}},
        {"daemon log-level", {"capfctl daemon log-level capfd debug"}},
    };
    return kAll;
}

}  // namespace

void add_examples(CLI::App& cli) {
    for (const auto& [path, lines] : all()) {
        CLI::App* command = &cli;
        for (const auto& word : split(path, ' ')) command = command->get_subcommand(word);
        cli::add_examples(*command, lines);
    }
}

}  // namespace opencapf::capfctl
