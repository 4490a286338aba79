// Servers that nobody should have to wait for; the first part of the path says which. Tells its parent the port.
import { createServer } from 'node:http'

const block = Buffer.alloc(2 ** 16)
const flood = (answer) => {
  // no faster than a fast network, and for ever
  const timer = setInterval(() => answer.write(block), 1)
  answer.on('close', () => clearInterval(timer))
}
const ways = {
  hang: () => undefined,
  reset: (request) => request.socket.destroy(),
  error: (_, answer) => answer.writeHead(500).end('no'),
  flood: (_, answer) => flood(answer),
}
const server = createServer((request, answer) => {
  request.resume()
  ways[request.url.split('/')[1]](request, answer)
})
server.listen(0, '127.0.0.1', () => process.send(server.address().port))
process.on('disconnect', () => process.exit())
