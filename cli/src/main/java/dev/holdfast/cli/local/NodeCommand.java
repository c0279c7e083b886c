package dev.holdfast.cli.local;

import dev.holdfast.node.NodeProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "node",
    description = {
      "Run one node in the foreground.",
      "",
      "A node listens on three ports: the API port, the next one for its peers, and the one after"
          + " for Raft. It binds to loopback only, unless --insecure-network says otherwise."
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
      required = true,
      paramLabel = "ID",
      description = "Name of the node, unique in its cluster.")
  private String id = "";

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "Its data folder: empty, or its own.")
  private String data = "";

  @Option(
      names = "--api",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:7600",
      description = "Where clients reach it. Default: ${DEFAULT-VALUE}.")
  private String api = "";

  @Option(
      names = "--labels",
      paramLabel = "KEY=VALUE,...",
      description = "Labels for placement, e.g. room=a,disk=ssd.")
  private String labels = "";

  @Option(
      names = "--capacity",
      paramLabel = "SIZE",
      description = "Bytes that it offers, e.g. 500GiB. Default: the size of its disk.")
  private String capacity = "";

  @Option(
      names = "--found",
      paramLabel = "ID=HOST:PEERPORT,...",
      description =
          "Found a new cluster of these nodes; the same list on each of them. Ignored once the node has data.")
  private String found = "";

  @Option(
      names = "--join",
      paramLabel = "HOST:PEERPORT,...",
      description = "Join the running cluster that these nodes belong to.")
  private String join = "";

  @Option(
      names = "--insecure-network",
      paramLabel = "CIDR",
      description = "Without TLS, also serve this network. Warns at every start.")
  private String insecureNetwork = "";

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A holdfast.yaml; flags win over it.")
  private String config = "";

  @Option(
      names = "--secret-file",
      paramLabel = "FILE",
      description = "The cluster secret, mode 0600. Default: DIR/secret.")
  private String secretFile = "";

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Set one key of the configuration; may be repeated.")
  private List<String> settings = new ArrayList<>();

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  private boolean help;

  NodeFlags flags() {
    return new NodeFlags()
        .with("--id", id)
        .with("--data", data)
        .with("--api", api)
        .with("--labels", labels)
        .with("--capacity", capacity)
        .with("--found", found)
        .with("--join", join)
        .with("--insecure-network", insecureNetwork)
        .with("--config", config)
        .with("--secret-file", secretFile)
        .withEach("--set", settings);
  }

  boolean help() {
    return help;
  }

  @Override
  public Integer call() {
    return NodeProcess.run(flags().arguments());
  }
}
