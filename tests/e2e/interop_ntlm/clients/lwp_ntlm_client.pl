#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# LWP with Authen::NTLM: URL... ; user, password and CA file from CLIENT_*.
use strict;
use warnings;
use LWP::UserAgent;

{
    package Client;
    our @ISA = ('LWP::UserAgent');
    sub get_basic_credentials { return ($ENV{CLIENT_USER}, $ENV{CLIENT_PASSWORD}); }
}

# Not max_redirect => 0: LWP counts the legs of a log-in as redirects.
my $agent = Client->new(keep_alive => 1, timeout => 20, requests_redirectable => [],
                        ssl_opts => {SSL_ca_file => $ENV{CLIENT_CA}});
print $agent->get($_)->code, "\n" for @ARGV;
