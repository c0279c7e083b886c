// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;

/** The page docs/reference/cli.md, made from the help texts. */
final class CliReference {
  private CliReference() {}

  /** All commands that a user sees, in the order of the help; the first is the top itself. */
  static List<List<String>> commands() {
    List<List<String>> all = new ArrayList<>();
    collect(List.of(), Shell.in(Path.of("")).tree(), all);
    return all;
  }

  private static void collect(List<String> path, CommandLine line, List<List<String>> all) {
    all.add(path);
    line.getSubcommands()
        .forEach((name, command) -> {
          if (!command.getCommandSpec().usageMessage().hidden() && !name.equals("help")) {
            List<String> deeper = new ArrayList<>(path);
            deeper.add(name);
            collect(deeper, command, all);
          }
        });
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
            | 1 | standard output could not be written, e.g. on a full disk |
            | 2 | usage: the command line or a name is wrong |
            | 3 | not found |
            | 4 | refused: the cluster or this machine says no, and would again |
            | 5 | unavailable: try again later |
            | 6 | outcome unknown: it may or may not have been done |
            | 7 | the lock was lost |
            | 141 | whoever read the output has gone, as in `holdfast ls \\| head -1` |

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
            | `HOLDFAST_CONFIG` | the configuration of a node, as `--config` |

            Arguments, names and values are UTF-8 in every locale, and are what was given: an argument that is not
            valid UTF-8 is refused, and one that begins with `@` is a name like any other. What goes into a pipe or a
            file is written as it is. On a terminal, control characters in names and messages are shown as `\\u001b`;
            `get` and `kv get` write the bytes of the value there too, as `cat` does.

            A garbage collector that `HOLDFAST_JVM_OPTS`, `JAVA_TOOL_OPTIONS`, `JDK_JAVA_OPTIONS` or `_JAVA_OPTIONS` names is the
            one that is used.
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
