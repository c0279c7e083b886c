// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.cluster;

import dev.holdfast.node.http.Exchange;
import dev.holdfast.node.http.Operation;
import dev.holdfast.node.http.RouteHandler;
import dev.holdfast.node.http.Router;
import dev.holdfast.node.http.Routes;
import dev.holdfast.protocol.ClusterBodies;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** {@code GET /v1/cluster/export} and {@code POST /v1/cluster/import}. */
public final class StateRoutes implements Routes {
  private static final Operation EXPORT =
      Operation.external(
              "exportState",
              "GET",
              "/v1/cluster/export",
              Operation.Scope.ADMIN,
              "All that is agreed on, but sessions, locks and what belongs to nodes.")
          .answersBytes(200, "application/jsonl")
          .refuses(ClusterProblemCodes.EXPORT_BUSY);
  private static final Operation IMPORT =
      Operation.external(
              "importState",
              "POST",
              "/v1/cluster/import",
              Operation.Scope.ADMIN,
              "Takes what another cluster exported, into a new one.")
          .query("empty", "Begins without a state, and takes no body.")
          .takesBytes("what an export answered")
          .answers(200, ClusterBodies.Imported.class)
          .refuses(
              ClusterProblemCodes.BAD_EXPORT,
              ClusterProblemCodes.NOT_EMPTY,
              ClusterProblemCodes.IMPORT_BEGUN,
              ClusterProblemCodes.OTHER_EXPORT,
              ClusterProblemCodes.NOT_AWAITED,
              ClusterProblemCodes.NOT_HERE);

  private final StateTransfer transfer;
  private final Path folder;

  /**
   * @param folder for files under way; made when it is missing
   */
  public StateRoutes(StateTransfer transfer, Path folder) {
    this.transfer = transfer;
    this.folder = folder;
  }

  @Override
  public void register(Router router) {
    router.add(EXPORT, told(this::export));
    router.add(IMPORT, told(this::importState));
  }

  private static RouteHandler told(RouteHandler handler) {
    return exchange -> {
      try {
        handler.handle(exchange);
      } catch (TransferRefusedException e) {
        throw ClusterProblems.of(e);
      }
    };
  }

  private Path temporary() throws IOException {
    Files.createDirectories(folder);
    return Files.createTempFile(folder, "state", ".jsonl");
  }

  private void export(Exchange exchange) throws IOException {
    Path file = temporary();
    try {
      transfer.export(file);
      exchange.responseHeader("Content-Type", "application/jsonl");
      try (OutputStream out = exchange.respondStream(200, Files.size(file));
          InputStream in = Files.newInputStream(file)) {
        in.transferTo(out);
      }
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private void importState(Exchange exchange) throws IOException {
    if (exchange.query("empty").isPresent()) {
      exchange.respond(200, transfer.beginEmpty());
      return;
    }
    Path file = temporary();
    try {
      try (InputStream body = exchange.body()) {
        Files.copy(body, file, StandardCopyOption.REPLACE_EXISTING);
      }
      exchange.respond(200, transfer.importFrom(file));
    } finally {
      Files.deleteIfExists(file);
    }
  }
}
