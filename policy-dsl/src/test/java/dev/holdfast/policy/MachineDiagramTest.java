// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class MachineDiagramTest {
  private static final CompiledMachine MACHINE =
      PolicyCompiler.compile(
              "x.yaml",
              """
              machine: parcel
              format: 1
              data: { tries: "int = 0", due: "time?" }
              states:
                on-way: { label: "On its \\"way\\"; soon", timers: [ { after: 48h, fire: lose }, { at: data.due, fire: late } ], need: [due] }
                there: { label: There, final: true, purge: 30d }
                lost: { label: Lost, final: true }
              transitions:
                send: { label: Send, from: none, to: on-way, accept: [due] }
                try:
                  label: Try
                  event: knock
                  from: on-way
                  to:
                    - there: old.tries >= 2
                    - on-way: otherwise
                  require: [ old.tries < 9 ]
                  set: { tries: old.tries + 1 }
                lose: { label: Lose, by: timer, from: on-way, to: lost }
                late: { label: Late, by: timer, from: on-way, to: lost }
              """)
          .machines()
          .get(0);

  @Test
  void drawsForMermaid() {
    assertThat(new MachineDiagram(MACHINE).mermaid())
        .isEqualTo(
            """
            stateDiagram-v2
              state "on-way#58; On its #34;way#34;#59; soon" as s_on_way
              state "there#58; There, deleted after 720h" as s_there
              state "lost#58; Lost" as s_lost
              [*] --> s_on_way: send
              s_on_way --> s_there: try on knock [old.tries #60; 9 and old.tries #62;= 2]
              s_on_way --> s_on_way: try on knock [old.tries #60; 9]
              s_on_way --> s_lost: lose (after 48h)
              s_on_way --> s_lost: late (at data.due)
              s_there --> [*]
              s_lost --> [*]
            """);
  }

  @Test
  void drawsForGraphviz() {
    assertThat(new MachineDiagram(MACHINE).dot())
        .startsWith("digraph \"parcel\" {\n")
        .contains(
            "  \"on-way\" [label=\"on-way: On its \\\"way\\\"; soon\"];\n",
            "  \"lost\" [label=\"lost: Lost\", peripheries=2];\n",
            "  \"none\" -> \"on-way\" [label=\"send\"];\n",
            "  \"on-way\" -> \"lost\" [label=\"lose (after 48h)\"];\n")
        .endsWith("}\n");
  }

  @Test
  void findsTheShortestWayToEachState() {
    assertThat(MachinePaths.shortest(MACHINE.schema()))
        .isEqualTo(
            Map.of(
                "on-way", List.of("send"),
                "there", List.of("send", "try"),
                "lost", List.of("send", "lose")));
  }
}
