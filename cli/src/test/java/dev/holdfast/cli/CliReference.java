package dev.holdfast.cli;

import java.nio.file.Path;
import java.util.List;

/** The page docs/reference/cli.md, made from the help texts. */
final class CliReference {
  private CliReference() {}

  static List<List<String>> commands() {
    return List.of(
        List.of(),
        List.of("up"),
        List.of("down"),
        List.of("node"),
        List.of("put"),
        List.of("get"),
        List.of("ls"),
        List.of("rm"),
        List.of("lock"),
        List.of("lock", "ls"),
        List.of("lock", "show"),
        List.of("cluster"),
        List.of("cluster", "status"),
        List.of("cluster", "list"),
        List.of("cluster", "export"),
        List.of("cluster", "import"),
        List.of("cluster", "remove"),
        List.of("plugin"),
        List.of("plugin", "install"),
        List.of("plugin", "list"),
        List.of("plugin", "remove"),
        List.of("bench"));
  }

  static String page() {
    StringBuilder page =
        new StringBuilder(
            """
            # The command line

            Made from the help texts; a test compares. Results go to stdout, all else to stderr.

            | exit code | meaning |
            |---|---|
            | 0 | done |
            | 2 | usage: the command line or a name is wrong |
            | 3 | not found |
            | 4 | refused: the cluster or this machine says no, and would again |
            | 5 | unavailable: try again later |
            | 6 | outcome unknown: it may or may not have been done |
            | 7 | the lock was lost |

            Of a folder or of several keys, 4 (for `rm` 3) means: the entries named on stderr were left out, all else is done.
            What each `--json` document has is in [files and folders](../concepts/folders.md).

            `holdfast lock` passes the exit code of its command on. `holdfast node` ends with 70 when its disk or its
            log failed, and with 71 when the node was removed from its cluster.

            | environment | meaning |
            |---|---|
            | `HOLDFAST_SERVERS` | nodes to talk to, as `--server` |
            | `HOLDFAST_JAVA_HOME` | the JDK 25 to run with |
            | `HOLDFAST_JVM_OPTS` | more JVM options, also for the nodes that `up` starts |
            | `HOLDFAST_NO_BUILD` | when set, run what is built, even when sources are newer |
            """);
    Shell shell = Shell.in(Path.of(""));
    for (List<String> command : commands()) {
      List<String> line = new java.util.ArrayList<>(command);
      line.add("--help");
      page.append("\n## holdfast ")
          .append(String.join(" ", command))
          .append("\n\n```text\n")
          .append(shell.run(line.toArray(String[]::new)).out().stripTrailing())
          .append("\n```\n");
    }
    return page.toString().replace("## holdfast \n", "## holdfast\n");
  }
}
