// Between a page and its gateway: what an agent with tools would tell, which no gateway of ours has yet.

/** Lets a test say something in the name of the gateway, and answer what only other gateways know. */
export async function between(page) {
  const calls = [];
  let client;
  await page.routeWebSocket(/\/api\/ws/, (socket) => {
    const server = socket.connectToServer();
    client = socket;
    socket.onMessage((frame) => {
      const call = JSON.parse(frame);
      calls.push(call);
      if (call.method !== 'approval.respond') return server.send(frame);
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: call.id, result: { resolved: 1 } }));
    });
  });
  const asked = (method) => calls.find((call) => call.method === method)?.params;
  return {
    asked,
    tell: (type, payload) => {
      const { session_id } = asked('prompt.submit');
      client.send(JSON.stringify({ jsonrpc: '2.0', method: 'event', params: { type, session_id, payload } }));
    },
  };
}
