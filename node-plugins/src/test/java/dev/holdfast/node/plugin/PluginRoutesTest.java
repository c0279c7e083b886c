// SPDX-License-Identifier: Apache-2.0
package dev.holdfast.node.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.holdfast.node.http.Exchange;
import dev.holdfast.node.http.RouteHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class PluginRoutesTest {
  @TempDir Path temp;

  @Test
  void listsPluginsAndTheActivePlacementAsJson() throws Exception {
    Path data = Files.createDirectories(temp.resolve("data"));
    PluginKit kit = new PluginKit(Files.createDirectories(temp.resolve("work")));
    byte[] jar = kit.entryJar("", "return ordinary.choose(request);");
    PluginKit.folder(data, "good", PluginKit.yaml("good", "demo.Entry"), Map.of("a.jar", jar));
    PluginKit.folder(data, "bad", PluginKit.yaml("bad", "demo.Gone"), Map.of("a.jar", jar));
    try (Plugins plugins =
        new PluginLoader(
                new PluginSetup("n1", temp.resolve("none"), data, Map.of(), Optional.empty()),
                PluginLimits.DEFAULT,
                System::nanoTime,
                new SimpleMeterRegistry())
            .load()) {

      JsonNode json = get(plugins);

      assertThat(json.at("/placement/policy").asString()).isEqualTo("good/default");
      assertThat(json.at("/plugins/0/id").asString()).isEqualTo("bad");
      assertThat(json.at("/plugins/0/version").asString()).isEqualTo("1.2.3");
      assertThat(json.at("/plugins/0/state").asString()).isEqualTo("REFUSED");
      assertThat(json.at("/plugins/0/reason").asString()).contains("demo.Gone");
      assertThat(json.at("/plugins/1/source").asString()).isEqualTo("DATA");
      assertThat(json.at("/plugins/1/policies/0/active").asBoolean()).isTrue();
      assertThat(json.at("/plugins/1/policies/0/circuit").asString()).isEqualTo("CLOSED");
    }
  }

  private static JsonNode get(Plugins plugins) throws Exception {
    Map<String, RouteHandler> routes = new HashMap<>();
    new PluginRoutes(plugins)
        .register((operation, handler) ->
            routes.put(operation.method() + " " + operation.path(), handler));
    List<Object> bodies = new ArrayList<>();
    Exchange exchange =
        (Exchange)
            Proxy.newProxyInstance(
                Exchange.class.getClassLoader(),
                new Class<?>[] {Exchange.class},
                (proxy, method, arguments) -> {
                  assertThat(method.getName()).isEqualTo("respond");
                  assertThat(arguments[0]).isEqualTo(200);
                  bodies.add(arguments[1]);
                  return null;
                });
    Objects.requireNonNull(routes.get("GET /v1/plugins")).handle(exchange);
    JsonMapper mapper = JsonMapper.shared();
    return mapper.readTree(mapper.writeValueAsString(bodies.getFirst()));
  }
}
