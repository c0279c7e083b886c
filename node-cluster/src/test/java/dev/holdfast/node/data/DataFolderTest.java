// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DataFolderTest {
  private static final List<Founder> FOUNDERS =
      List.of(new Founder("n1", "i1", "127.0.0.1:1"), new Founder("n2", "i2", "127.0.0.1:2"));

  @TempDir Path temp;

  private Path root() {
    return temp.resolve("data");
  }

  @Test
  void keepsItsIncarnationOverRestarts() {
    try (DataFolder first = DataFolder.open(root(), "n1", "i1")) {
      assertThat(first.incarnation()).isEqualTo("i1");
      assertThat(first.cluster()).isNull();
    }
    try (DataFolder again = DataFolder.open(root(), "n1", "i9")) {
      assertThat(again.incarnation()).isEqualTo("i1");
    }
  }

  @Test
  void refusesAFolderWithForeignFilesAndLeavesThemAlone() throws IOException {
    Files.createDirectories(root());
    Files.writeString(root().resolve("holiday.jpg"), "x");

    assertThatThrownBy(() -> DataFolder.open(root(), "n1", "i1"))
        .isInstanceOf(DataFolderException.class)
        .hasMessageContaining("holiday.jpg")
        .hasMessageContaining("Use an empty folder");
    assertThat(root().resolve("holiday.jpg")).hasContent("x");
    assertThat(root().resolve(Marker.FILE)).doesNotExist();
  }

  @Test
  void acceptsWhatAnOperatorPutThereBeforeTheFirstStart() throws IOException {
    Files.createDirectories(root().resolve("plugins"));
    Files.createDirectories(root().resolve("lost+found"));
    for (String name : List.of("secret", "holdfast.yaml", "n1.log")) {
      Files.writeString(root().resolve(name), "");
    }
    DataFolder.open(root(), "n1", "i1").close();

    assertThat(root().resolve(Marker.FILE)).exists();
  }

  @Test
  void refusesTheFolderOfAnotherNode() {
    DataFolder.open(root(), "n1", "i1").close();

    assertThatThrownBy(() -> DataFolder.open(root(), "n2", "i2"))
        .isInstanceOf(DataFolderException.class)
        .hasMessageContaining("belongs to node n1, not to n2")
        .hasMessageContaining("--id n1");
    // The refusal let go of the folder.
    DataFolder.open(root(), "n1", "i1").close();
  }

  /** The watch tells of peers while the removal is under way: it must not undo the mark. */
  @Test
  void staysRemovedWhateverIsRememberedAtTheSameTime() throws Exception {
    for (int i = 0; i < 30; i++) {
      Path folder = temp.resolve("data" + i);
      try (DataFolder data = DataFolder.open(folder, "n1", "i1")) {
        data.bind("c", FOUNDERS);
        CountDownLatch together = new CountDownLatch(2);
        Thread remembering =
            Thread.ofPlatform()
                .start(() -> {
                  meet(together);
                  data.rememberPeers(List.of("127.0.0.1:2"));
                });
        meet(together);
        data.markRemoved();
        remembering.join();
      }
      assertThat(DataFolder.wasRemoved(folder)).as("folder " + i).isTrue();
    }
  }

  private static void meet(CountDownLatch together) {
    together.countDown();
    try {
      together.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void refusesASecondUser() {
    DataFolder first = DataFolder.open(root(), "n1", "i1");

    assertThatThrownBy(() -> DataFolder.open(root(), "n1", "i1"))
        .isInstanceOf(DataFolderException.class)
        .hasMessageContaining("in use");
    first.close();
    DataFolder.open(root(), "n1", "i1").close();
  }

  @Test
  void refusesAUserInAnotherProcess() throws Exception {
    try (DataFolder _ = DataFolder.open(root(), "n1", "i1")) {
      Process other =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-cp",
                  classPath(),
                  SecondUser.class.getName(),
                  root().toString())
              .redirectErrorStream(true)
              .start();
      String said =
          new String(
              other.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);

      assertThat(other.waitFor()).as(said).isEqualTo(3);
      assertThat(said).contains("in use by another process");
    }
  }

  /** Also where the tests were loaded by a loader of their own. */
  private static String classPath() throws Exception {
    List<String> places = new java.util.ArrayList<>();
    for (Class<?> one :
        List.of(
            SecondUser.class,
            DataFolder.class,
            org.jspecify.annotations.Nullable.class,
            org.slf4j.LoggerFactory.class,
            tools.jackson.databind.json.JsonMapper.class,
            tools.jackson.core.JsonParser.class,
            com.fasterxml.jackson.annotation.JsonProperty.class)) {
      places.add(
          Path.of(one.getProtectionDomain().getCodeSource().getLocation().toURI()).toString());
    }
    return String.join(java.io.File.pathSeparator, places);
  }

  /** A process of its own; its exit value tells. */
  static final class SecondUser {
    private SecondUser() {}

    public static void main(String[] args) {
      try {
        DataFolder.open(Path.of(args[0]), "n1", "i1");
      } catch (DataFolderException e) {
        System.out.println(e.getMessage());
        System.exit(3);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "{",
        "{}",
        "\0\0\0\0",
        "{\"product\":\"holdfast\",\"format\":1}",
        "{\"product\":\"holdfast\",\"format\":1,\"node\":\"n1\"}",
        "{\"product\":\"holdfast\",\"format\":1,\"node\":\"n1\",\"incarnation\":\"i1\"}",
        "{\"product\":\"holdfast\",\"format\":2,\"node\":\"n1\",\"incarnation\":\"i1\","
            + "\"cluster\":null,\"founders\":[],\"knownPeers\":[]}",
        "{\"product\":\"other\",\"format\":1,\"node\":\"n1\",\"incarnation\":\"i1\","
            + "\"cluster\":null,\"founders\":[],\"knownPeers\":[]}"
      })
  void refusesADamagedMarkerAndLeavesItAlone(String content) throws IOException {
    Files.createDirectories(root());
    Files.writeString(root().resolve(Marker.FILE), content);

    assertThatThrownBy(() -> DataFolder.open(root(), "n1", "i1"))
        .isInstanceOf(DataFolderException.class)
        .hasMessageContaining(Marker.FILE);
    assertThat(root().resolve(Marker.FILE)).hasContent(content);
  }

  @Test
  void survivesAKillBetweenWritingAndRenamingTheMarker() throws IOException {
    Files.createDirectories(root());
    Files.writeString(root().resolve(Marker.FILE + ".tmp"), "{\"product\":\"hold");
    try (DataFolder first = DataFolder.open(root(), "n1", "i1")) {
      first.bind("c1", FOUNDERS);
    }
    Files.writeString(root().resolve(Marker.FILE + ".tmp"), "{\"product\":\"hold");

    try (DataFolder again = DataFolder.open(root(), "n1", "i9")) {
      assertThat(again.cluster()).isEqualTo("c1");
      again.rememberPeers(List.of("127.0.0.1:5"));
    }
    assertThat(root().resolve(Marker.FILE + ".tmp")).doesNotExist();
  }

  @Test
  void bindsForGood() {
    try (DataFolder first = DataFolder.open(root(), "n1", "i1")) {
      first.bind("c1", FOUNDERS);
      assertThat(first.cluster()).isEqualTo("c1");
      first.rememberPeers(List.of("127.0.0.1:5", "127.0.0.1:6"));
    }
    try (DataFolder again = DataFolder.open(root(), "n1", "i9")) {
      assertThat(again.incarnation()).isEqualTo("i1");
      assertThat(again.cluster()).isEqualTo("c1");
      assertThat(again.founders()).isEqualTo(FOUNDERS);
      assertThat(again.knownPeers()).containsExactly("127.0.0.1:5", "127.0.0.1:6");
    }
  }

  /** R2: an empty log under the old name would vote. */
  @Test
  void isAnotherIncarnationWhenWhatItsCoordinatorKeptIsGone() throws IOException {
    try (DataFolder first = DataFolder.open(root(), "n1", "i1")) {
      first.bind("c1", FOUNDERS);
      first.rememberPeers(List.of("127.0.0.1:5"));
      // Nothing is lost before the coordinator ran.
      first.checkCoordinator("raft", DataFolderTest::isGone, "i2");
      assertThat(first.incarnation()).isEqualTo("i1");
      Files.writeString(first.coordinatorFolder().resolve("log"), "");
      first.coordinatorRuns("raft");
    }
    try (DataFolder again = DataFolder.open(root(), "n1", "i2")) {
      again.checkCoordinator("raft", DataFolderTest::isGone, "i3");
      assertThat(again.incarnation()).isEqualTo("i1");
      assertThat(again.cluster()).isEqualTo("c1");
    }

    Files.delete(root().resolve("coordinator").resolve("log"));
    try (DataFolder emptied = DataFolder.open(root(), "n1", "i2")) {
      emptied.checkCoordinator("raft", DataFolderTest::isGone, "i3");
    }

    try (DataFolder anew = DataFolder.open(root(), "n1", "i9")) {
      assertThat(anew.incarnation()).isEqualTo("i3");
      assertThat(anew.cluster()).isNull();
      assertThat(anew.founders()).isEmpty();
      assertThat(anew.formerIncarnations()).containsExactly("i1");
      assertThat(anew.formerFounders()).containsExactly("n1", "n2");
      assertThat(anew.knownPeers()).containsExactly("127.0.0.1:5");
      // Until its coordinator ran again there is nothing to lose.
      anew.checkCoordinator("raft", DataFolderTest::isGone, "i10");
      assertThat(anew.incarnation()).isEqualTo("i3");
    }
  }

  private static boolean isGone(Path folder) {
    return Files.notExists(folder.resolve("log"));
  }

  @Test
  void refusesTheStateOfAnotherCoordinatorUntilItIsMovedAway() throws IOException {
    try (DataFolder first = DataFolder.open(root(), "n1", "i1")) {
      first.bind("c1", FOUNDERS);
      Files.writeString(first.coordinatorFolder().resolve("log"), "");
      first.coordinatorRuns("raft");
    }
    try (DataFolder other = DataFolder.open(root(), "n1", "i2")) {
      assertThatThrownBy(() -> other.checkCoordinator("zookeeper", _ -> false, "i2"))
          .isInstanceOf(DataFolderException.class)
          .hasMessageContaining("ran with coordinator: raft")
          .hasMessageContaining("coordinator: zookeeper")
          .hasMessageContaining("docs/concepts/coordinators.md");
      assertThat(other.incarnation()).isEqualTo("i1");
      Files.delete(root().resolve("coordinator").resolve("log"));

      other.checkCoordinator("zookeeper", _ -> false, "i2");

      assertThat(other.incarnation()).isEqualTo("i2");
    }
  }

  /** A reader that looks all the time never sees less than a whole marker. */
  @Test
  void replacesTheMarkerAtomically() throws Exception {
    try (DataFolder folder = DataFolder.open(root(), "n1", "i1")) {
      java.util.concurrent.atomic.AtomicBoolean done =
          new java.util.concurrent.atomic.AtomicBoolean();
      java.util.concurrent.atomic.AtomicReference<@org.jspecify.annotations.Nullable Throwable>
          torn = new java.util.concurrent.atomic.AtomicReference<>();
      Thread reader =
          Thread.ofPlatform()
              .start(() -> {
                while (!done.get()) {
                  try {
                    Marker.read(root());
                  } catch (Exception e) {
                    torn.set(e);
                    return;
                  }
                }
              });
      for (int i = 0; i < 100; i++) {
        folder.rememberPeers(List.of("127.0.0.1:" + i));
      }
      done.set(true);
      reader.join();

      assertThat(torn.get()).isNull();
    }
  }

  @Test
  void objectsThatAreGoneBeginAnotherLifeAndNothingElseDoes() {
    try (DataFolder data = DataFolder.open(root(), "n1", "i1")) {
      data.checkObjects(_ -> true, "never");
      assertThat(data.objectsIncarnation()).as("there were none yet").isEqualTo("i1");
      data.objectsAreKept();
    }
    try (DataFolder data = DataFolder.open(root(), "n1", "i9")) {
      data.checkObjects(_ -> false, "never");
      assertThat(data.objectsIncarnation()).isEqualTo("i1");

      data.checkObjects(_ -> true, "o2");

      assertThat(data.objectsIncarnation()).isEqualTo("o2");
      assertThat(data.formerObjects()).contains("i1").doesNotContain("o2");
      assertThat(data.incarnation()).as("its vote and log are here").isEqualTo("i1");
    }
    try (DataFolder data = DataFolder.open(root(), "n1", "i9")) {
      assertThat(data.objectsIncarnation()).isEqualTo("o2");
    }
  }
}
