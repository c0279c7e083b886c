// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.node.cleanup.CleanupRoutes;
import dev.holdfast.node.cluster.ClusterProblemCodes;
import dev.holdfast.node.cluster.ClusterRoutes;
import dev.holdfast.node.cluster.StateRoutes;
import dev.holdfast.node.election.ElectionRoutes;
import dev.holdfast.node.event.EventRoutes;
import dev.holdfast.node.http.AgreementProblemCodes;
import dev.holdfast.node.http.Operation;
import dev.holdfast.node.http.ProblemCode;
import dev.holdfast.node.http.Routes;
import dev.holdfast.node.lock.LockRoutes;
import dev.holdfast.node.map.MapRoutes;
import dev.holdfast.node.metrics.OpsRoutes;
import dev.holdfast.node.object.ObjectRoutes;
import dev.holdfast.node.object.QuarantineRoutes;
import dev.holdfast.node.object.UploadRoutes;
import dev.holdfast.node.object.VersionRoutes;
import dev.holdfast.node.plugin.PluginRoutes;
import dev.holdfast.node.primitive.PrimitiveRoutes;
import dev.holdfast.node.repair.PlacementRoutes;
import dev.holdfast.node.repair.RepairRoutes;
import dev.holdfast.node.session.SessionRoutes;
import dev.holdfast.node.socket.SessionSocket;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The references are what the operations say. {@code -Drenew=true} writes them. */
final class ReferencePagesTest {
  private static final Path FOLDER = Path.of("..", "docs", "reference");

  private final ReferencePages pages = new ReferencePages(operations());

  @Test
  void errorsAreThoseOfTheOperations() throws IOException {
    compare("errors.md", pages.errors());
  }

  @Test
  void restIsWhatTheOperationsSay() throws IOException {
    compare("rest.md", pages.rest());
  }

  @Test
  void oneCodeHasOneMeaning() {
    assertThat(pages.codes()).extracting(ProblemCode::name).doesNotHaveDuplicates();
    assertThat(operations()).extracting(Operation::id).doesNotHaveDuplicates();
  }

  private static void compare(String name, String content) throws IOException {
    Path page = FOLDER.resolve(name);
    if (Boolean.getBoolean("renew")) {
      Files.writeString(page, content);
    }
    assertThat(page).hasContent(content);
  }

  /**
   * As {@link Node} registers them, first those that wait for an import: what a feature answers
   * does not depend on its services.
   */
  private static List<Operation> operations() {
    List<Operation> all = new ArrayList<>();
    for (String feature :
        List.of(
            SessionRoutes.class.getName(),
            LockRoutes.class.getName(),
            ElectionRoutes.class.getName(),
            MapRoutes.class.getName(),
            PrimitiveRoutes.class.getName(),
            ObjectRoutes.class.getName(),
            VersionRoutes.class.getName(),
            QuarantineRoutes.class.getName(),
            UploadRoutes.class.getName())) {
      register(feature, all, ClusterProblemCodes.IMPORT_AWAITED);
    }
    for (String feature :
        List.of(
            ClusterRoutes.class.getName(),
            StateRoutes.class.getName(),
            PluginRoutes.class.getName(),
            RepairRoutes.class.getName(),
            CleanupRoutes.class.getName(),
            PlacementRoutes.class.getName(),
            EventRoutes.class.getName(),
            OpsRoutes.class.getName())) {
      register(feature, all);
    }
    all.add(SessionSocket.OPEN.refuses(ClusterProblemCodes.IMPORT_AWAITED));
    return all;
  }

  private static void register(String feature, List<Operation> to, ProblemCode... more) {
    routes(feature)
        .register((operation, _) ->
            to.add(
                operation
                    .refuses(more)
                    .refuses(AgreementProblemCodes.ALL.toArray(ProblemCode[]::new))));
  }

  private static Routes routes(String feature) {
    try {
      Constructor<?> constructor = Class.forName(feature).getDeclaredConstructors()[0];
      constructor.setAccessible(true);
      return (Routes) constructor.newInstance(new Object[constructor.getParameterCount()]);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(feature, e);
    }
  }
}
