request-id = 请求编号
error-internal = 服务器出错了。
