// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.cli.objects;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.protocol.ObjectBodies;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class VersionGraphTest {
  private final List<ObjectBodies.Version> versions = new ArrayList<>();

  private VersionGraphTest add(String id, String... parents) {
    versions.add(new ObjectBodies.Version(id, List.of(parents), "confirmed", false, 1, "", "", ""));
    return this;
  }

  private List<String> drawn() {
    return VersionGraph.rows(versions).stream()
        .map(row -> {
          ObjectBodies.Version version = row.version();
          return version == null ? row.drawing() : row.drawing() + "  " + version.version();
        })
        .toList();
  }

  @Test
  void drawsALine() {
    assertThat(add("c", "b").add("b", "a").add("a").drawn())
        .containsExactly("*  c", "*  b", "*  a");
  }

  @Test
  void drawsABranchAndItsMerge() {
    add("m", "c", "b").add("c", "a").add("b", "a").add("a");

    assertThat(drawn()).containsExactly("*  m", "|-.", "* |  c", "| *  b", "|-'", "*  a");
  }

  @Test
  void drawsHeadsThatNobodyHasMerged() {
    add("c", "a").add("b", "a").add("a", "z").add("z");

    assertThat(drawn()).containsExactly("*  c", "| *  b", "|-'", "*  a", "*  z");
  }

  @Test
  void drawsAMergeOfThreeAndTurnsThatCrossOthers() {
    add("m", "d", "c", "b").add("d", "b2").add("c", "a").add("b", "b2").add("b2", "a").add("a");

    assertThat(drawn())
        .containsExactly(
            "*  m", "|-.-.", "* | |  d", "| * |  c", "| | *  b", "|-+-'", "* |  b2", "|-'", "*  a");
  }

  @Test
  void leadsNowhereWhereTheParentIsNotKnown() {
    assertThat(add("b", "gone").add("a").drawn()).containsExactly("*  b", "*  a");
  }

  @Test
  void usesAColumnAgainThatHasEnded() {
    add("m", "c", "b").add("b").add("x", "c").add("c", "a").add("a");

    assertThat(drawn()).containsExactly("*  m", "|-.", "| *  b", "| *  x", "|-'", "*  c", "*  a");
  }
}
