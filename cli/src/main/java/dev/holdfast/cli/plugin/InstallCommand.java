// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.plugin;

import dev.holdfast.cli.terminal.CommandException;
import dev.holdfast.cli.terminal.ExitCode;
import dev.holdfast.cli.terminal.OutputOptions;
import dev.holdfast.cli.terminal.Terminal;
import dev.holdfast.node.plugin.PluginInstaller;
import dev.holdfast.node.plugin.PluginRefusedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Unpacks a plugin into the data folder of each node. */
@Command(
    name = "install",
    description = "Install or replace a plugin; nodes load it at their next start.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast plugin install my-placement.zip",
      "  holdfast plugin install my-placement.zip --data /var/lib/holdfast"
    })
final class InstallCommand implements Callable<Integer> {
  @Parameters(
      index = "0",
      paramLabel = "ZIP",
      description = "The plugin: plugin.yaml and lib/*.jar.")
  private String zip = "";

  @Mixin private NodeFolders folders = new NodeFolders();
  @Mixin private OutputOptions output = new OutputOptions();

  private final Terminal terminal;

  InstallCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    Path file = terminal.resolve(zip);
    if (!Files.isRegularFile(file)) {
      throw new CommandException(ExitCode.NOT_FOUND, file + " does not exist", "name a zip file");
    }
    Optional<PluginInstaller.Installed> last = Optional.empty();
    int count = 0;
    try {
      for (PluginInstaller installer : folders.installers(terminal)) {
        last = Optional.of(installer.install(file));
        count++;
      }
    } catch (PluginRefusedException e) {
      throw new CommandException(
          ExitCode.REFUSED, String.valueOf(e.getMessage()), "mend the plugin and try again", e);
    }
    report(last.orElseThrow(), count);
    return ExitCode.OK.code();
  }

  private void report(PluginInstaller.Installed installed, int nodes) {
    if (output.json()) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("id", installed.id());
      document.put("version", installed.version());
      document.put("nodes", nodes);
      terminal.json(document);
    } else {
      terminal.line(
          "installed %s %s%s for %d nodes"
              .formatted(
                  installed.id(),
                  installed.version(),
                  installed.replaced().map(old -> " (was " + old + ")").orElse(""),
                  nodes));
    }
    terminal.note("  next: " + NodeFolders.NEXT);
  }
}
