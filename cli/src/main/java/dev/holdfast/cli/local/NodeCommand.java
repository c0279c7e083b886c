// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.local;

import dev.holdfast.cli.terminal.HelpOption;
import dev.holdfast.node.NodeProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "node",
    description = {
      "Run one node in the foreground.",
      "",
      "A node listens on three ports: the API port, the next one for its peers, and the one after"
          + " for Raft. It binds to loopback only, unless --insecure-network says otherwise.",
      "",
      "Each of these options is a key of the configuration: what the command line does not say comes"
          + " from the environment (HOLDFAST_NODE_API), else from FILE (node.api), else from the"
          + " default. docs/reference/config.md has all keys."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  # a cluster of one",
      "  holdfast node --id n1 --data /var/lib/holdfast --api 127.0.0.1:7600 \\",
      "      --found n1=127.0.0.1:7601",
      "  # a fourth node for the cluster that 'holdfast up' started",
      "  holdfast node --id n4 --data /tmp/n4 --api 127.0.0.1:7630 \\",
      "      --join 127.0.0.1:7601,127.0.0.1:7611 --secret-file .holdfast/secret",
    })
final class NodeCommand implements Callable<Integer> {
  @Option(
      names = "--id",
      paramLabel = "ID",
      description = "Name of the node, unique in its cluster. Needed here or there.")
  private @Nullable String id;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Its data folder: empty, or its own. Needed here or there.")
  private @Nullable String data;

  @Option(
      names = "--api",
      paramLabel = "HOST:PORT",
      description = "Where clients reach it. Default: 127.0.0.1:7600.")
  private @Nullable String api;

  @Option(
      names = "--peer",
      paramLabel = "HOST:PORT",
      description = "Where other nodes reach it. Default: the next port.")
  private @Nullable String peer;

  @Option(
      names = "--raft",
      paramLabel = "HOST:PORT",
      description = "Where the Raft of other nodes reaches it. Default: the port after that.")
  private @Nullable String raft;

  @Option(
      names = "--labels",
      paramLabel = "KEY=VALUE,...",
      description = "Labels for placement, e.g. room=a,disk=ssd.")
  private @Nullable String labels;

  @Option(
      names = "--capacity",
      paramLabel = "SIZE",
      description = "Bytes that it offers, e.g. 500GiB. Default: the size of its disk.")
  private @Nullable String capacity;

  @Option(
      names = "--found",
      paramLabel = "ID=HOST:PEERPORT,...",
      description =
          "Found a new cluster of these nodes; the same list on each of them. A node that has data stays"
              + " in its cluster.")
  private @Nullable String found;

  @Option(
      names = "--join",
      paramLabel = "HOST:PEERPORT,...",
      description = "Join the running cluster that these nodes belong to.")
  private @Nullable String join;

  @Option(
      names = "--insecure-network",
      paramLabel = "CIDR",
      description = "Without TLS, also serve this network. Warns at every start.")
  private @Nullable String insecureNetwork;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A holdfast.yaml. Default: HOLDFAST_CONFIG, else none.")
  private @Nullable String config;

  @Option(
      names = "--secret-file",
      paramLabel = "FILE",
      description =
          "The cluster secret, mode 0600, the same on all nodes. Default: DIR/secret, made when it is"
              + " missing.")
  private @Nullable String secretFile;

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      description = "error, warn, info, debug or trace. Default: info.")
  private @Nullable String logLevel;

  @Option(
      names = "--log-format",
      paramLabel = "FORMAT",
      description = "text or json, one line each. Default: text.")
  private @Nullable String logFormat;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Set one key of the configuration; may be repeated.")
  private List<String> settings = new ArrayList<>();

  @SuppressWarnings("unused") // Read by picocli.
  @Mixin
  private HelpOption help = new HelpOption();

  /** What was given, and nothing else: a default here would win over the file. */
  NodeFlags flags() {
    return new NodeFlags()
        .given("--id", id)
        .given("--data", data)
        .given("--api", api)
        .given("--peer", peer)
        .given("--raft", raft)
        .given("--labels", labels)
        .given("--capacity", capacity)
        .given("--found", found)
        .given("--join", join)
        .given("--insecure-network", insecureNetwork)
        .given("--config", config)
        .given("--secret-file", secretFile)
        .given("--log-level", logLevel)
        .given("--log-format", logFormat)
        .withEach("--set", settings);
  }

  @Override
  public Integer call() {
    return NodeProcess.run(flags().arguments());
  }
}
